import { conv, flatten, linear, matmul, transpose } from '@convnet/tensor-core';
import { uniform } from '../inputs.ts';
import type { Program } from '../program.ts';

const products: readonly (readonly [readonly number[], readonly number[]])[] = [
  [
    [1, 1],
    [1, 1],
  ],
  [
    [3, 5],
    [5, 7],
  ],
  [
    [4, 8],
    [8, 8],
  ],
  [
    [8, 17],
    [17, 9],
  ],
  [
    [33, 65],
    [65, 31],
  ],
  [
    [1, 64],
    [64, 33],
  ],
  [
    [67, 3],
    [3, 1],
  ],
  [[5], [5]],
  [[5], [5, 3]],
  [[3, 5], [5]],
  [
    [2, 3, 5],
    [2, 5, 4],
  ],
  [
    [2, 3, 5],
    [5, 4],
  ],
  [
    [3, 5],
    [2, 5, 4],
  ],
  [
    [2, 1, 3, 5],
    [4, 5, 2],
  ],
  [
    [1, 4, 3, 5],
    [2, 1, 5, 2],
  ],
  [
    [0, 5],
    [5, 3],
  ],
  [
    [3, 0],
    [0, 4],
  ],
  [
    [0, 3, 5],
    [0, 5, 2],
  ],
];

const batched: Program[] = products.map(([a, b]) => ({
  name: `matmul [${a.join(', ')}] by [${b.join(', ')}]`,
  op: 'matmul',
  inputs: [uniform(a), uniform(b)],
  body: (x, y) => matmul(x, y),
}));

const transposed: Program[] = [
  {
    name: 'matmul of transposed factors',
    op: 'matmul',
    inputs: [uniform([5, 3]), uniform([7, 5])],
    body: (x, y) => matmul(transpose(x, 0, 1), transpose(y, 0, 1)),
  },
  {
    name: 'matmul of a long inner extent',
    op: 'matmul',
    inputs: [uniform([3, 4099]), uniform([4099, 5])],
    body: (x, y) => matmul(x, y),
    long: true,
  },
  {
    name: 'matmul of the result of conv by its transpose',
    op: 'matmul',
    inputs: [uniform([2, 3, 3, 4]), uniform([5, 3, 1, 1])],
    body: (x, w) => {
      const y = flatten(conv(x, w), 2);
      return matmul(y, transpose(y, 1, 2));
    },
  },
];

const linears: Program[] = (
  [
    [[4, 7], 5],
    [[1, 1], 1],
    [[64, 50], 10],
    [[17, 33], 17],
    [[7], 3],
    [[2, 3, 7], 5],
    [[0, 7], 5],
    [[2, 2, 2, 8], 8],
  ] as readonly (readonly [readonly number[], number])[]
).flatMap(([shape, outputs]) =>
  [true, false].map((bias): Program => {
    const features = shape[shape.length - 1]!;
    return {
      name: `linear of [${shape.join(', ')}] to ${outputs}${bias ? ' with bias' : ''}`,
      op: 'linear',
      inputs: [uniform(shape), uniform([outputs, features]), ...(bias ? [uniform([outputs])] : [])],
      body: (x, w, b) => linear(x, w, b ?? null),
    };
  }),
);

const afterConv: Program[] = [
  {
    name: 'linear of the flattened result of conv',
    op: 'linear',
    inputs: [uniform([2, 3, 3, 4]), uniform([5, 3, 1, 1]), uniform([7, 60]), uniform([7])],
    body: (x, w, v, b) => linear(flatten(conv(x, w), 1), v, b),
  },
];

/** Matrix products. */
export const matmulPrograms: readonly Program[] = [
  ...batched,
  ...transposed,
  ...linears,
  ...afterConv,
];
