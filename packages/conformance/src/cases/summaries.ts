import {
  adaptiveMaxPoolWithIndices,
  all,
  any,
  globalAvgPool,
  globalMaxPool,
  logSumExp,
  lpPool,
  norm,
  std,
  variance,
  type Tensor,
} from '@convnet/tensor-core';
import { integers, listed, steps, uniform } from '../inputs.ts';
import { operationIn, type Program } from '../program.ts';

type Axes = readonly number[] | undefined;

const places: readonly (readonly [shape: readonly number[], axes: Axes])[] = [
  [[5], undefined],
  [[3, 4], [1]],
  [
    [2, 3, 4],
    [0, 2],
  ],
  [[2, 17, 3], undefined],
];

const overAxes: Readonly<Record<string, (x: Tensor, axes: Axes) => Tensor>> = {
  variance: (x, axes) => variance(x, axes),
  'variance with correction 0': (x, axes) => variance(x, axes, { correction: 0, keepDim: true }),
  std: (x, axes) => std(x, axes),
  logSumExp: (x, axes) => logSumExp(x, axes),
  'logSumExp with axes kept': (x, axes) => logSumExp(x, axes, { keepDim: true }),
  norm: (x, axes) => norm(x, axes),
  ...Object.fromEntries(
    [0, 0.5, 1, 3, Infinity, -Infinity].map((p) => [
      `norm ${p}`,
      (x: Tensor, axes: Axes) => norm(x, axes, { p, keepDim: true }),
    ]),
  ),
};

const reductions: Program[] = Object.entries(overAxes).flatMap(([name, body]) =>
  places.map(([shape, axes]): Program => ({
    name: `${name} of [${shape.join(', ')}] over ${axes === undefined ? 'all' : `[${axes.join(', ')}]`}`,
    op: operationIn(name),
    inputs: [uniform(shape)],
    body: (x) => body(x, axes),
  })),
);

const edges: Program[] = [
  {
    name: 'variance of one element',
    op: 'variance',
    inputs: [uniform([3, 1])],
    body: (x) => variance(x, 1),
    smooth: false,
  },
  {
    name: 'std of equal elements',
    op: 'std',
    inputs: [{ ...listed([2], [3, 4]), grad: true }],
    body: (x) => std(x, 1),
    smooth: false,
  },
  ...[0.5, 1, 2, 3].map((p): Program => ({
    name: `norm ${p} of zeros`,
    op: 'norm',
    inputs: [{ ...listed([0], [2, 3]), grad: true }],
    body: (x) => norm(x, 1, { p }),
    smooth: false,
  })),
  {
    name: 'logSumExp of large and infinite values',
    op: 'logSumExp',
    inputs: [listed([900, 901, -Infinity, -Infinity, -900, Infinity], [3, 2])],
    body: (x) => logSumExp(x, 1),
  },
  ...[all, any].flatMap((test): Program[] => [
    {
      name: `${test.name} over an axis`,
      op: test.name,
      inputs: [steps([6, 3], 0, 1, 1)],
      body: (x) => test(x, 1),
    },
    {
      name: `${test.name} of int32`,
      op: test.name,
      inputs: [integers([2, 2], 0, 1)],
      body: (x) => test(x),
    },
    {
      name: `${test.name} of nothing`,
      op: test.name,
      inputs: [uniform([3, 0])],
      body: (x) => test(x, 1, { keepDim: true }),
    },
  ]),
];

const pools: Program[] = [
  {
    name: 'globalAvgPool of an image',
    op: 'globalAvgPool',
    inputs: [uniform([2, 3, 4, 5])],
    body: (x) => globalAvgPool(x),
  },
  {
    name: 'globalMaxPool of a signal',
    op: 'globalMaxPool',
    inputs: [uniform([2, 3, 7])],
    body: (x) => globalMaxPool(x),
  },
  {
    name: 'adaptiveMaxPool with indices',
    op: 'adaptiveMaxPoolWithIndices',
    inputs: [uniform([2, 3, 7, 5])],
    body: (x) => adaptiveMaxPoolWithIndices(x, [3, 2]),
  },
  ...[1, 2, 3].flatMap((p): Program[] => [
    {
      name: `lpPool ${p} of a signal`,
      op: 'lpPool',
      inputs: [uniform([2, 3, 9], 0.1, 1)],
      body: (x) => lpPool(x, p, 3, { stride: 2 }),
    },
    {
      name: `lpPool ${p} of an image in ceil mode`,
      op: 'lpPool',
      inputs: [uniform([2, 3, 7, 8], 0.1, 1)],
      body: (x) => lpPool(x, p, [2, 3], { ceilMode: true }),
    },
  ]),
];

/** One number for many. */
export const summaryPrograms: readonly Program[] = [...reductions, ...edges, ...pools];
