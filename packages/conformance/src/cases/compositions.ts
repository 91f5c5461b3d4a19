import {
  celu,
  flatten,
  fractionalMaxPool,
  fractionalMaxPoolWithIndices,
  Generator,
  logSigmoid,
  maxPoolWithIndices,
  relu6,
  rrelu,
  selu,
  softsign,
  squeeze,
  tanhshrink,
  transpose,
  unsqueeze,
  type Tensor,
} from '@convnet/tensor-core';
import { uniform } from '../inputs.ts';
import { operationIn, type Program } from '../program.ts';

const compositions: readonly (readonly [
  name: string,
  shape: readonly number[],
  body: (x: Tensor) => Tensor,
])[] = [
  ['relu6', [4, 7], (x) => relu6(x)],
  ['selu', [4, 7], (x) => selu(x)],
  ['celu', [4, 7], (x) => celu(x, 0.6)],
  ['celu of a negative alpha', [4, 7], (x) => celu(x, -3)],
  ['rrelu', [4, 7], (x) => rrelu(x)],
  [
    'rrelu in training',
    [4, 7],
    (x) => rrelu(x, 0.1, 0.4, { training: true, generator: new Generator(3) }),
  ],
  ['logSigmoid', [4, 7], (x) => logSigmoid(x)],
  ['softsign', [4, 7], (x) => softsign(x)],
  ['tanhshrink', [4, 7], (x) => tanhshrink(x)],
  ['squeeze of all axes of 1', [1, 3, 1, 2], (x) => squeeze(x)],
  ['unsqueeze in the middle', [3, 2], (x) => unsqueeze(x, 1)],
  ['flatten from axis 1', [2, 3, 4], (x) => flatten(x, 1)],
  ['transpose of the outer axes', [2, 3, 4], (x) => transpose(x, 0, -1)],
  ...[
    [2, 3, 9],
    [2, 3, 7, 5],
    [1, 2, 4, 5, 6],
  ].map(
    (shape) =>
      [
        `fractionalMaxPool of ${shape.length - 2} axes`,
        shape,
        (x: Tensor) => fractionalMaxPool(x, 2, { outputSize: 3, generator: new Generator(7) }),
      ] as const,
  ),
  [
    'fractionalMaxPoolWithIndices of a signal',
    [2, 3, 9],
    (x) => fractionalMaxPoolWithIndices(x, 2, { outputSize: 3, generator: new Generator(7) })[0],
  ],
  ['maxPoolWithIndices of a signal', [2, 3, 9], (x) => maxPoolWithIndices(x, 3)[0]],
];

/** Operations that are made of others. */
export const compositionPrograms: readonly Program[] = compositions.map(([name, shape, body]) => ({
  name,
  op: operationIn(name),
  inputs: [uniform(shape, -8, 8)],
  body,
}));
