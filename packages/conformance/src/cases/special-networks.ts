import {
  add,
  batchNorm,
  conv,
  crossEntropy,
  globalAvgPool,
  hardswish,
  linear,
  maxPool,
  relu,
  relu6,
  sigmoid,
  type BatchNormState,
  type Tensor,
} from '@convnet/tensor-core';
import { integers, uniform, type Input } from '../inputs.ts';
import type { Program } from '../program.ts';

const channels = 8;
const classes = 5;

/** Elements in [-1, 1), but one: in the middle of the first sample. */
function withOne(value: number, shape: readonly number[]): Input {
  const drawn = uniform(shape);
  const [, ...sample] = shape;
  const middle = Math.floor(sample.reduce((a, b) => a * b) / 2);
  return { ...drawn, value: (u, i) => (i === middle ? value : drawn.value(u, i)) };
}

/** A small residual network on [2, 3, extents…]: from one input it gives logits of every sample, and the loss. */
function network(training: boolean, activation: (x: Tensor) => Tensor): Program['body'] {
  return (x, labels, first, depthwise, second, weight, bias, runningMean, runningVar, head) => {
    const state = (): BatchNormState => ({
      weight,
      bias,
      runningMean: training ? null : runningMean,
      runningVar: training ? null : runningVar,
    });
    const norm = (y: Tensor): Tensor => batchNorm(y, state(), { training });
    const stem = maxPool(relu(norm(conv(x, first, null, { padding: 1 }))), 3, {
      stride: 2,
      padding: 1,
    });
    const along = activation(norm(conv(stem, depthwise, null, { padding: 1, groups: channels })));
    const block = norm(conv(along, second, null, { padding: 1 }));
    const logits = linear(globalAvgPool(relu(add(block, stem))), head);
    return [logits, crossEntropy(logits, labels)];
  };
}

const activations: Readonly<Record<string, (x: Tensor) => Tensor>> = {
  relu,
  relu6,
  hardswish,
  sigmoid,
};

function networkProgram(
  extents: readonly number[],
  value: number,
  training: boolean,
  activation: string,
): Program {
  const kernel = extents.map(() => 3);
  return {
    name: `network with ${activation} ${extents.length}d ${training ? 'training' : 'inference'} on one ${value}`,
    op: 'network',
    inputs: [
      withOne(value, [2, 3, ...extents]),
      integers([2], 0, classes - 1),
      uniform([channels, 3, ...kernel]),
      uniform([channels, 1, ...kernel]),
      uniform([channels, channels, ...kernel]),
      uniform([channels], 0.5, 1.5),
      uniform([channels]),
      { ...uniform([channels]), grad: false },
      { ...uniform([channels], 0.5, 1.5), grad: false },
      uniform([classes, channels]),
    ],
    body: network(training, activations[activation]!),
    smooth: false,
  };
}

/** What one element that is not finite does to the logits, the loss and all gradients of a network. */
export const specialNetworkPrograms: readonly Program[] = [[20], [10, 9], [5, 4, 6]].flatMap(
  (extents) =>
    [NaN, Infinity].flatMap((value) =>
      [true, false].flatMap((training) =>
        Object.keys(activations).map((name) => networkProgram(extents, value, training, name)),
      ),
    ),
);
