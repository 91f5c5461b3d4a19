import {
  binaryCrossEntropy,
  binaryCrossEntropyWithLogits,
  huberLoss,
  klDiv,
  l1Loss,
  logSoftmax,
  marginLoss,
  nllLoss,
  sigmoidFocalLoss,
  smoothL1Loss,
  type Reduction,
  type Tensor,
} from '@convnet/tensor-core';
import { fixed, integers, listed, steps, uniform, type Input } from '../inputs.ts';
import { operationIn, type Program } from '../program.ts';

const reductions: readonly Reduction[] = ['mean', 'sum', 'none'];

interface LossCase {
  readonly name: string;
  readonly inputs: readonly Input[];
  body(inputs: readonly Tensor[], reduction: Reduction): Tensor;
}

const logits = uniform([3, 4], -3, 3);
const shares = fixed(uniform([3, 4], 0, 1));
const probabilities = uniform([3, 4], 0.05, 0.95);
const ignored = { ...integers([6], 0, 4), value: (u: number) => Math.floor(u * 6) - 1 };

const losses: readonly LossCase[] = [
  {
    name: 'l1Loss',
    inputs: [uniform([3, 4]), uniform([3, 4])],
    body: ([x, t], reduction) => l1Loss(x!, t!, { reduction }),
  },
  {
    name: 'huberLoss',
    inputs: [uniform([3, 4], -2, 2), uniform([3, 4])],
    body: ([x, t], reduction) => huberLoss(x!, t!, { reduction, delta: 0.7 }),
  },
  {
    name: 'smoothL1Loss',
    inputs: [uniform([3, 4], -2, 2), uniform([3, 4])],
    body: ([x, t], reduction) => smoothL1Loss(x!, t!, { reduction, beta: 0.4 }),
  },
  {
    name: 'smoothL1Loss with beta 0',
    inputs: [uniform([3, 4]), uniform([3, 4])],
    body: ([x, t], reduction) => smoothL1Loss(x!, t!, { reduction, beta: 0 }),
  },
  {
    name: 'binaryCrossEntropy',
    inputs: [probabilities, shares],
    body: ([x, t], reduction) => binaryCrossEntropy(x!, t!, { reduction }),
  },
  {
    name: 'binaryCrossEntropy with weights',
    inputs: [probabilities, shares, fixed(uniform([4], 0.5, 2))],
    body: ([x, t, weight], reduction) => binaryCrossEntropy(x!, t!, { reduction, weight: weight! }),
  },
  {
    name: 'binaryCrossEntropyWithLogits',
    inputs: [logits, shares],
    body: ([x, t], reduction) => binaryCrossEntropyWithLogits(x!, t!, { reduction }),
  },
  {
    name: 'binaryCrossEntropyWithLogits with weights',
    inputs: [logits, shares, fixed(uniform([3, 1], 0.5, 2)), fixed(uniform([4], 0.5, 3))],
    body: ([x, t, weight, posWeight], reduction) =>
      binaryCrossEntropyWithLogits(x!, t!, {
        reduction,
        weight: weight!,
        posWeight: posWeight!,
      }),
  },
  {
    name: 'sigmoidFocalLoss',
    inputs: [logits, steps([3, 4], 0, 1, 1)],
    body: ([x, t], reduction) => sigmoidFocalLoss(x!, t!, { reduction }),
  },
  {
    name: 'sigmoidFocalLoss without alpha',
    inputs: [logits, steps([3, 4], 0, 1, 1)],
    body: ([x, t], reduction) => sigmoidFocalLoss(x!, t!, { reduction, alpha: -1, gamma: 1.5 }),
  },
  {
    name: 'klDiv',
    inputs: [uniform([3, 4], -3, -0.1), listed([0.5, 0, 0.25, 0.25, 1, 0], [3, 4])],
    body: ([x, t], reduction) => klDiv(x!, t!, { reduction }),
  },
  {
    name: 'klDiv by the target',
    inputs: [uniform([3, 4], -3, -0.1), uniform([3, 4], 0.1, 1)],
    body: ([x, t], reduction) => klDiv(x!, t!, { reduction }),
  },
  {
    name: 'klDiv of a logarithmic target',
    inputs: [uniform([3, 4], -3, -0.1), uniform([3, 4], -3, -0.1)],
    body: ([x, t], reduction) => klDiv(x!, t!, { reduction, logTarget: true }),
  },
  {
    name: 'nllLoss',
    inputs: [uniform([6, 5], -3, 3), integers([6], 0, 4)],
    body: ([x, t], reduction) => nllLoss(logSoftmax(x!, 1), t!, { reduction }),
  },
  {
    name: 'nllLoss with weights and ignored targets',
    inputs: [uniform([6, 5], -3, 3), ignored, fixed(uniform([5], 0.2, 2))],
    body: ([x, t, weight], reduction) =>
      nllLoss(x!, t!, { reduction, weight: weight!, ignoreIndex: -1 }),
  },
  {
    name: 'nllLoss per pixel',
    inputs: [uniform([2, 5, 3, 4], -3, 3), integers([2, 3, 4], 0, 4)],
    body: ([x, t], reduction) => nllLoss(x!, t!, { reduction }),
  },
  {
    name: 'nllLoss of one sample',
    inputs: [uniform([5], -3, 3), integers([], 0, 4)],
    body: ([x, t], reduction) => nllLoss(x!, t!, { reduction }),
  },
  {
    name: 'marginLoss',
    inputs: [uniform([4, 3], 0, 1), integers([4], 0, 2)],
    body: ([x, t], reduction) => marginLoss(x!, t!, { reduction }),
  },
];

/** Losses that are sums over elements. */
export const elementLossPrograms: readonly Program[] = [
  ...losses.flatMap(({ name, inputs, body }) =>
    reductions.map((reduction): Program => ({
      name: `${name} ${reduction}`,
      op: operationIn(name),
      inputs,
      body: (...tensors) => body(tensors, reduction),
    })),
  ),
  {
    name: 'klDiv batchmean',
    op: 'klDiv',
    inputs: [uniform([3, 4], -3, -0.1), shares],
    body: (x, t) => klDiv(x, t, { reduction: 'batchmean' }),
  },
  {
    name: 'binaryCrossEntropy of 0 and 1',
    op: 'binaryCrossEntropy',
    inputs: [{ ...listed([0, 0, 1, 1, 0.5], [5]), grad: true }, listed([0, 1, 0, 1, 0.5])],
    body: (x, t) => binaryCrossEntropy(x, t, { reduction: 'none' }),
    smooth: false,
  },
  {
    name: 'binaryCrossEntropyWithLogits of large logits',
    op: 'binaryCrossEntropyWithLogits',
    inputs: [{ ...listed([-300, 300, -300, 300, 0], [5]), grad: true }, listed([0, 0, 1, 1, 0.5])],
    body: (x, t) => binaryCrossEntropyWithLogits(x, t, { reduction: 'none' }),
    smooth: false,
  },
];
