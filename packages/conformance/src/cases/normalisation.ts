import { batchNorm, conv, localResponseNorm, type BatchNormOptions } from '@convnet/tensor-core';
import { fixed, integers, listed, uniform } from '../inputs.ts';
import type { Program } from '../program.ts';

const shapes: readonly (readonly number[])[] = [
  [4, 3],
  [3, 1],
  [2, 5, 7],
  [1, 3, 9],
  [2, 3, 5, 4],
  [1, 17, 3, 3],
  [5, 8, 2, 3],
  [2, 3, 2, 3, 4],
];

/** x, weight, bias, running mean, running variance; the running statistics come back changed. */
function program(
  name: string,
  shape: readonly number[],
  options: BatchNormOptions,
  parts: { readonly affine: boolean; readonly running: boolean },
  long = false,
): Program {
  const channels = [shape[1]!];
  return {
    name: `batchNorm ${name} of [${shape.join(', ')}]`,
    op: 'batchNorm',
    inputs: [
      uniform(shape, -1, 3),
      uniform(channels, 0.5, 1.5),
      uniform(channels),
      fixed(uniform(channels)),
      fixed(uniform(channels, 0.5, 2)),
    ],
    body: (x, weight, bias, runningMean, runningVar) => {
      const y = batchNorm(
        x,
        {
          weight: parts.affine ? weight : null,
          bias: parts.affine ? bias : null,
          runningMean: parts.running ? runningMean : null,
          runningVar: parts.running ? runningVar : null,
        },
        options,
      );
      return parts.running ? [y, runningMean, runningVar] : y;
    },
    long,
  };
}

const positive = { name: 'relu', scalars: [] };
const both = { affine: true, running: true };

const batchNorms: Program[] = [
  ...shapes.flatMap((shape) => [
    program('in training', shape, { training: true }, both),
    program('in evaluation', shape, { training: false }, both),
    program(
      'in training without weight and bias',
      shape,
      { training: true, momentum: 0.3 },
      { affine: false, running: true },
    ),
    program(
      'without running statistics',
      shape,
      { training: false, epsilon: 1e-3 },
      { affine: true, running: false },
    ),
    program(
      'in evaluation without weight and bias',
      shape,
      { training: false },
      { affine: false, running: true },
    ),
  ]),
  program('in training with momentum 1', [4, 3, 5], { training: true, momentum: 1 }, both),
  program('in training with momentum 0', [4, 3, 5], { training: true, momentum: 0 }, both),
  program('in evaluation', [0, 3, 4, 4], { training: false }, both),
  // Of many channels and few positions, and of both, as implementations cut them in different ways.
  ...[
    [7, 40],
    [3, 33, 2, 3],
    [5, 58, 3, 3],
    [2, 96, 9, 17],
    [300, 256],
    [5, 520, 5, 6],
    [1, 1100, 7, 11],
    [2, 36, 33, 37],
    [3, 24, 19, 21],
  ].map((shape) => program('in training', shape, { training: true }, both, true)),
  program('in evaluation', [5, 58, 3, 3], { training: false }, both),
  // With the activation that follows.
  ...[
    [4, 3, 5],
    [3, 3, 11, 13],
    [5, 58, 3, 3],
    [2, 58, 33, 37],
    [5, 8, 2, 3],
    [7, 40],
    [2, 96, 9, 17],
    [2, 36, 33, 37],
  ].flatMap((shape) => [
    program('and ReLU in training', shape, { training: true, activation: positive }, both, true),
    program(
      'within bounds in training',
      shape,
      { training: true, activation: { name: 'hardtanh', scalars: [-0.5, 0.75] } },
      { affine: false, running: false },
      true,
    ),
  ]),
  program('and ReLU in evaluation', [3, 5, 4, 4], { training: false, activation: positive }, both),
  program('and ReLU in training', [2, 0, 3], { training: true, activation: positive }, both),
  program('in evaluation', [2, 0, 3], { training: false }, both),
  program('in training', [2, 0, 3], { training: true }, both),
  program('in training', [3, 2, 41, 43], { training: true }, both, true),
  program('in training', [2, 3, 2503], { training: true }, both, true),
];

const others: Program[] = [
  {
    name: 'batchNorm counts the batches it trains on',
    op: 'batchNorm',
    inputs: [
      uniform([3, 5, 4]),
      fixed(uniform([5])),
      fixed(uniform([5], 0.5, 2)),
      fixed(integers([], 0, 40)),
    ],
    body: (x, runningMean, runningVar, batchesTracked) => {
      const state = { weight: null, bias: null, runningMean, runningVar, batchesTracked };
      batchNorm(x, state, { training: true });
      batchNorm(x, state, { training: false });
      return [batchNorm(x, state, { training: true }), runningMean, runningVar, batchesTracked];
    },
  },
  ...[
    [4, 3, 6, 6],
    [4, 40, 9, 9],
    [9, 33, 16, 16],
  ].map((shape): Program => ({
    name: `batchNorm of values far from 0 of [${shape.join(', ')}]`,
    op: 'batchNorm',
    inputs: [uniform(shape, 99, 101), uniform([shape[1]!]), uniform([shape[1]!])],
    body: (x, weight, bias) =>
      batchNorm(x, { weight, bias, runningMean: null, runningVar: null }, { training: true }),
    long: true,
    smooth: false,
  })),
  ...[positive, { name: 'hardtanh', scalars: [-1, 1] }].map((activation): Program => ({
    name: `batchNorm and ${activation.name} of biases without end`,
    op: 'batchNorm',
    inputs: [
      uniform([3, 5, 4]),
      uniform([5], 0.5, 1.5),
      { ...listed([Infinity, 0.1, NaN, -Infinity, -0.2]), grad: true },
    ],
    body: (x, weight, bias) => {
      const state = { weight, bias, runningMean: null, runningVar: null };
      return batchNorm(x, state, { training: true, activation });
    },
    smooth: false,
  })),
  {
    name: 'batchNorm with a weight and no bias',
    op: 'batchNorm',
    inputs: [uniform([4, 3, 5]), uniform([3])],
    body: (x, weight) =>
      batchNorm(x, { weight, bias: null, runningMean: null, runningVar: null }, { training: true }),
  },
  {
    name: 'batchNorm with a bias and no weight',
    op: 'batchNorm',
    inputs: [uniform([4, 3, 5]), uniform([3])],
    body: (x, bias) =>
      batchNorm(x, { weight: null, bias, runningMean: null, runningVar: null }, { training: true }),
  },
  ...[true, false].map((training): Program => ({
    name: `batchNorm in ${training ? 'training' : 'evaluation'} of the result of conv`,
    op: 'batchNorm',
    inputs: [
      uniform([2, 3, 5, 6]),
      uniform([8, 3, 3, 3]),
      uniform([8], 0.5, 1.5),
      uniform([8]),
      fixed(uniform([8])),
      fixed(uniform([8], 0.5, 2)),
    ],
    body: (x, w, weight, bias, runningMean, runningVar) => {
      const state = {
        weight,
        bias,
        runningMean,
        runningVar,
      };
      return [batchNorm(conv(x, w), state, { training }), runningMean, runningVar];
    },
  })),
  {
    name: 'conv, batchNorm in training, conv',
    op: 'batchNorm',
    inputs: [
      uniform([2, 3, 5, 6]),
      uniform([5, 3, 3, 3]),
      uniform([5], 0.5, 1.5),
      uniform([5]),
      uniform([4, 5, 1, 1]),
    ],
    body: (x, v, weight, bias, w) => {
      const state = { weight, bias, runningMean: null, runningVar: null };
      return conv(batchNorm(conv(x, v), state, { training: true }), w);
    },
  },
];

const responses: Program[] = (
  [
    [[2, 5, 3, 3], 5],
    [[2, 3, 4, 4], 2],
    [[1, 17, 2, 3], 4],
    [[2, 8, 5], 3],
    [[1, 1, 3, 3], 5],
    [[1, 5, 2, 3, 2], 3],
  ] as readonly (readonly [readonly number[], number])[]
).map(([shape, size]) => ({
  name: `localResponseNorm of [${shape.join(', ')}] over ${size} channels`,
  op: 'localResponseNorm',
  inputs: [uniform(shape)],
  body: (x) => localResponseNorm(x, size, { alpha: 0.2, beta: 0.75, k: 1.5 }),
}));

/** Batch normalisation and local response normalisation. */
export const normalisationPrograms: readonly Program[] = [...batchNorms, ...others, ...responses];
