import {
  argmax,
  argmin,
  conv,
  logSoftmax,
  max,
  mean,
  min,
  prod,
  softmax,
  sum,
  type ReduceName,
  type Tensor,
} from '@convnet/tensor-core';
import { asType, integers, listed, steps, uniform } from '../inputs.ts';
import type { Program } from '../program.ts';

type Axes = number | readonly number[] | undefined;

const reductions: Readonly<Record<ReduceName, (x: Tensor, axes: Axes) => Tensor>> = {
  sum,
  mean,
  max,
  min,
  prod,
  argmax: (x, axes) => argmax(x, axes as number),
  argmin: (x, axes) => argmin(x, axes as number),
};
const names = Object.keys(reductions) as ReduceName[];
const takesOneAxis = (name: ReduceName): boolean => name.startsWith('arg');

const forms: readonly (readonly [readonly number[], Axes])[] = [
  [[7], undefined],
  [[], undefined],
  [[3, 17], 1],
  [[3, 17], 0],
  [[3, 17], undefined],
  [
    [2, 5, 3, 4],
    [0, 2, 3],
  ],
  [
    [2, 5, 3, 4],
    [2, 3],
  ],
  [[2, 5, 3, 4], 1],
  [
    [2, 5, 3, 4],
    [1, 3],
  ],
  [
    [2, 5, 3, 4],
    [0, 2],
  ],
  [[2, 5, 3, 4], -1],
  [
    [2, 1, 3, 1],
    [1, 3],
  ],
  [[1, 8, 1], 1],
  [[0, 3], 1],
  [
    [2, 3, 2, 3, 2],
    [1, 3],
  ],
];

const describe = (axes: Axes): string =>
  axes === undefined ? 'all axes' : `axes [${[axes].flat().join(', ')}]`;

const byForm: Program[] = names.flatMap((name) =>
  forms
    .filter(([, axes]) => !takesOneAxis(name) || typeof axes === 'number')
    .map(([shape, axes]) => ({
      name: `${name} of [${shape.join(', ')}] over ${describe(axes)}`,
      op: name,
      inputs: [uniform(shape, 0.2, 2)],
      body: (x: Tensor) => reductions[name](x, axes),
    })),
);

const kept: Program[] = [sum, mean, max, min, prod].map((reduce) => ({
  name: `${reduce.name} with keepDim`,
  op: reduce.name,
  inputs: [uniform([2, 5, 3, 4], 0.2, 2)],
  body: (x) => reduce(x, [1, 2], { keepDim: true }),
}));

const overNothing: Program[] = [sum, mean, prod].map((reduce) => ({
  name: `${reduce.name} of no elements`,
  op: reduce.name,
  inputs: [uniform([3, 0, 2])],
  body: (x) => [reduce(x, 1), reduce(x)],
  smooth: false,
}));

const longShapes: readonly (readonly [readonly number[], Axes])[] = [
  [[3, 5003], 1],
  [[5003, 3], 0],
  [
    [2, 3, 70, 70],
    [0, 2, 3],
  ],
  [[100003], undefined],
];

const longOnes: Program[] = (['sum', 'mean', 'max', 'min'] as const).flatMap((name) =>
  longShapes.map(([shape, axes]) => ({
    name: `${name} of [${shape.join(', ')}] over ${describe(axes)}`,
    op: name,
    inputs: [uniform(shape)],
    body: (x: Tensor) => reductions[name](x, axes),
    long: true,
    // Among thousands of values the greatest two can be a step of the central difference apart.
    smooth: name === 'sum' || name === 'mean',
  })),
);

const longArguments: Program[] = (['argmax', 'argmin'] as const).map((name) => ({
  name: `${name} of 100,003 elements`,
  op: name,
  inputs: [uniform([100003])],
  body: (x) => reductions[name](x, 0),
}));

const ofConv: Program[] = names.flatMap((name) =>
  ([1, 2, [0, 2, 3], [2, 3], [1, 2]] as readonly Axes[])
    .filter((axes) => !takesOneAxis(name) || typeof axes === 'number')
    .map((axes) => ({
      name: `${name} of the result of conv over ${describe(axes)}`,
      op: name === 'max' || name === 'min' ? 'conv' : name,
      inputs: [uniform([2, 3, 3, 4], 0.5, 1), uniform([5, 3, 1, 1], 0.5, 1)],
      body: (x: Tensor, w: Tensor) => reductions[name](conv(x, w), axes),
    })),
);

/** Equal values: arguments take the first, gradients of extremes are shared. */
const ties: Program[] = (['max', 'min', 'argmax', 'argmin'] as const).flatMap((name) =>
  [0, 1].map((axis) => ({
    name: `${name} among equal values along axis ${axis}`,
    op: name,
    inputs: [{ ...steps([6, 11], -1, 1, 1), grad: true }],
    body: (x: Tensor) => reductions[name](x, axis),
    smooth: false,
  })),
);

const withNaN: Program[] = names.map((name) => ({
  name: `${name} with NaN and infinities`,
  op: name,
  inputs: [
    listed(
      [1, NaN, 2, Infinity, 3, 4, -Infinity, 5, 6, -1, -2, -3, Infinity, -Infinity, 0, NaN, 7, NaN],
      [6, 3],
    ),
  ],
  body: (x) =>
    takesOneAxis(name) ? [reductions[name](x, 1), reductions[name](x, 0)] : reductions[name](x, 1),
}));

const ofIntegers: Program[] = (['int32', 'uint8', 'bool'] as const).flatMap((dtype) =>
  names
    .filter((name) => name !== 'mean')
    .flatMap((name) =>
      [0, 1].map((axis) => ({
        name: `${name} of ${dtype} along axis ${axis}`,
        op: name,
        inputs: [
          asType(integers([7, 5], dtype === 'int32' ? -9 : 0, dtype === 'bool' ? 1 : 9), dtype),
        ],
        body: (x: Tensor) => reductions[name](x, axis),
      })),
    ),
);

const wraps: Program[] = [
  {
    name: 'sum of int32 beyond its range',
    op: 'sum',
    inputs: [listed([2147483647, 2147483647, 5, -2147483648], [3, 4], 'int32')],
    body: (x) => [sum(x, 1), sum(x)],
  },
  {
    name: 'sum of 5,003 uint8',
    op: 'sum',
    inputs: [integers([5003], 0, 255, 'uint8')],
    body: (x) => sum(x),
  },
  {
    name: 'prod of int32 beyond its range',
    op: 'prod',
    inputs: [listed([65537, 1000003, -77777, 12345], [3, 4], 'int32')],
    body: (x) => [prod(x, 1), prod(x)],
  },
];

const softmaxForms: readonly (readonly [readonly number[], number])[] = [
  [[7], 0],
  [[4, 10], 1],
  [[4, 10], 0],
  [[3, 1], 1],
  [[2, 5, 3, 4], 1],
  [[2, 5, 3, 4], 3],
  [[2, 17, 3], -2],
  [[0, 5], 1],
  [[2, 1000], 1],
];

const softmaxes: Program[] = [softmax, logSoftmax].flatMap((op) => [
  ...softmaxForms.map(([shape, axis]) => ({
    name: `${op.name} of [${shape.join(', ')}] along axis ${axis}`,
    op: op.name,
    inputs: [uniform(shape, -5, 5)],
    body: (x: Tensor) => op(x, axis),
  })),
  {
    name: `${op.name} of large values`,
    op: op.name,
    inputs: [{ ...steps([5, 9], -300, 300, 50), grad: true }],
    body: (x: Tensor) => op(x, 1),
    smooth: false,
  },
  {
    name: `${op.name} with -Infinity and NaN`,
    op: op.name,
    inputs: [listed([1, -Infinity, 2, 3, NaN, 4, 0, 5, 6], [3, 3])],
    body: (x: Tensor) => op(x, 1),
  },
  {
    name: `${op.name} of the result of conv along channels`,
    op: op.name,
    inputs: [uniform([2, 3, 3, 4]), uniform([5, 3, 1, 1])],
    body: (x: Tensor, w: Tensor) => op(conv(x, w), 1),
  },
  {
    name: `${op.name} of the result of conv along columns`,
    op: op.name,
    inputs: [uniform([2, 3, 3, 4]), uniform([5, 3, 1, 1])],
    body: (x: Tensor, w: Tensor) => op(conv(x, w), 3),
  },
]);

/** Reductions and softmax. */
export const reducePrograms: readonly Program[] = [
  ...byForm,
  ...kept,
  ...overNothing,
  ...longOnes,
  ...longArguments,
  ...ofConv,
  ...ties,
  ...withNaN,
  ...ofIntegers,
  ...wraps,
  ...softmaxes,
];
