import {
  conv,
  crossEntropy,
  mseLoss,
  type CrossEntropyOptions,
  type Reduction,
} from '@convnet/tensor-core';
import { asType, fixed, integers, listed, uniform, type Input } from '../inputs.ts';
import type { Program } from '../program.ts';

interface EntropyCase {
  readonly name: string;
  readonly logits: readonly number[];
  readonly target?: Input;
  readonly weighted?: boolean;
  readonly options?: CrossEntropyOptions;
  /** The loss is a number. Default true. */
  readonly finite?: boolean;
}

function entropyProgram({
  name,
  logits,
  target,
  weighted = false,
  options = {},
  finite = true,
}: EntropyCase): Program {
  const classes = logits[1] ?? logits[0]!;
  const labels =
    target ??
    integers(logits.length === 1 ? [] : logits.filter((_, axis) => axis !== 1), 0, classes - 1);
  return {
    name: `crossEntropy ${name}`,
    op: 'crossEntropy',
    inputs: [
      uniform(logits, -4, 4),
      labels,
      ...(weighted ? [fixed(uniform([classes], 0.2, 2))] : []),
    ],
    body: (x, t, weight) => crossEntropy(x, t, weight ? { ...options, weight } : options),
    smooth: finite,
  };
}

const reductions: readonly Reduction[] = ['mean', 'sum', 'none'];
const ignored = { ...integers([8], 0, 4), value: (u: number) => Math.floor(u * 6) - 1 };

const entropies: EntropyCase[] = [
  ...reductions.flatMap((reduction): EntropyCase[] => [
    { name: reduction, logits: [8, 5], options: { reduction } },
    { name: `${reduction} with weights`, logits: [8, 5], weighted: true, options: { reduction } },
    {
      name: `${reduction} with smoothing`,
      logits: [8, 5],
      options: { reduction, labelSmoothing: 0.1 },
    },
    {
      name: `${reduction} with weights and smoothing`,
      logits: [8, 5],
      weighted: true,
      options: { reduction, labelSmoothing: 0.3 },
    },
    {
      name: `${reduction} with ignored targets`,
      logits: [8, 5],
      target: ignored,
      options: { reduction, ignoreIndex: -1 },
    },
    {
      name: `${reduction} with weights, smoothing and ignored targets`,
      logits: [8, 5],
      target: ignored,
      weighted: true,
      options: { reduction, ignoreIndex: -1, labelSmoothing: 0.2 },
    },
    {
      name: `${reduction} of class probabilities`,
      logits: [6, 5],
      target: fixed(uniform([6, 5], 0, 1)),
      options: { reduction },
    },
    {
      name: `${reduction} of class probabilities with weights and smoothing`,
      logits: [6, 5],
      target: fixed(uniform([6, 5], 0, 1)),
      weighted: true,
      options: { reduction, labelSmoothing: 0.1 },
    },
    { name: `${reduction} per pixel`, logits: [2, 5, 3, 4], options: { reduction } },
    { name: `${reduction} of one sample`, logits: [7], options: { reduction } },
  ]),
  { name: 'of 1 class', logits: [3, 1] },
  { name: 'of 10 classes, batch 64', logits: [64, 10] },
  { name: 'of 1,000 classes', logits: [3, 1000] },
  { name: 'of 17 classes, batch 1', logits: [1, 17] },
  { name: 'per position with weights', logits: [2, 5, 9], weighted: true },
  { name: 'of uint8 labels', logits: [4, 5], target: asType(integers([4], 0, 4), 'uint8') },
  {
    name: 'with the default ignored index',
    logits: [4, 5],
    target: listed([1, -100, 4, -100], [4], 'int32'),
  },
  { name: 'sum of an empty batch', logits: [0, 5], options: { reduction: 'sum' } },
  { name: 'mean of an empty batch', logits: [0, 5], finite: false },
  {
    name: 'where all targets are ignored',
    logits: [3, 5],
    target: listed([-100], [3], 'int32'),
    finite: false,
  },
];

const others: Program[] = [
  {
    name: 'crossEntropy of large logits',
    op: 'crossEntropy',
    inputs: [uniform([6, 5], -300, 300), integers([6], 0, 4)],
    body: (x, t) => crossEntropy(x, t),
  },
  {
    name: 'crossEntropy per pixel of the result of conv',
    op: 'crossEntropy',
    inputs: [uniform([2, 3, 3, 4]), uniform([5, 3, 1, 1]), integers([2, 3, 4], 0, 4)],
    body: (x, w, t) => crossEntropy(conv(x, w), t),
  },
  {
    name: 'crossEntropy of logits with NaN',
    op: 'crossEntropy',
    inputs: [listed([1, 2, NaN, 4, 5, 6], [2, 3]), integers([2], 0, 2)],
    body: (x, t) => crossEntropy(x, t, { reduction: 'none' }),
  },
  ...reductions.map((reduction): Program => ({
    name: `mseLoss ${reduction}`,
    op: 'mseLoss',
    inputs: [uniform([3, 4]), uniform([3, 4])],
    body: (x, t) => mseLoss(x, t, { reduction }),
  })),
];

/** Losses. */
export const lossPrograms: readonly Program[] = [...entropies.map(entropyProgram), ...others];
