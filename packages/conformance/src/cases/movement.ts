import {
  concat,
  conv,
  expand,
  flatten,
  flip,
  gather,
  pad,
  permute,
  reshape,
  select,
  slice,
  split,
  squeeze,
  stack,
  transpose,
  unsqueeze,
  type Tensor,
} from '@convnet/tensor-core';
import { asType, integers, uniform, type Input } from '../inputs.ts';
import type { Program } from '../program.ts';

interface Move {
  readonly name: string;
  readonly op: string;
  readonly shape: readonly number[];
  body(x: Tensor): Tensor | readonly Tensor[];
}

/** Moves of a tensor [2, 5, 3, 4]. */
const moves: readonly Move[] = (
  [
    ['permute to channels last', 'permute', (x) => permute(x, [0, 2, 3, 1])],
    ['permute axes in reverse', 'permute', (x) => permute(x, [3, 2, 1, 0])],
    ['permute nothing', 'permute', (x) => permute(x, [0, 1, 2, 3])],
    ['transpose the last two axes', 'permute', (x) => transpose(x, -1, -2)],
    ['transpose batch and channels', 'permute', (x) => transpose(x, 0, 1)],
    ['flatten all but the batch', 'reshape', (x) => flatten(x, 1)],
    ['flatten the spatial axes', 'reshape', (x) => flatten(x, 2)],
    ['reshape across channels', 'reshape', (x) => reshape(x, [5, 2, 12])],
    ['reshape to groups of channels', 'reshape', (x) => reshape(x, [2, 1, 5, 3, 4])],
    ['reshape to a vector', 'reshape', (x) => reshape(x, [-1])],
    ['unsqueeze and squeeze', 'reshape', (x) => squeeze(unsqueeze(x, 2), 2)],
    ['slice channels', 'slice', (x) => slice(x, 1, 1, 4)],
    ['slice rows from the end', 'slice', (x) => slice(x, 2, -2)],
    ['slice every second channel', 'slice', (x) => slice(x, 1, 0, 5, 2)],
    ['slice columns backwards', 'slice', (x) => slice(x, 3, 3, 0, -1)],
    ['slice channels backwards by 2', 'slice', (x) => slice(x, 1, -1, undefined, -2)],
    ['slice to nothing', 'slice', (x) => slice(x, 3, 2, 2)],
    ['slice the batch', 'slice', (x) => slice(x, 0, 1)],
    ['select one sample', 'select', (x) => select(x, 0, 1)],
    ['select one channel', 'select', (x) => select(x, 1, -2)],
    ['select one column', 'select', (x) => select(x, 3, 0)],
    ['flip columns', 'flip', (x) => flip(x, 3)],
    ['flip rows and channels', 'flip', (x) => flip(x, [2, 1])],
    [
      'pad the spatial axes',
      'pad',
      (x) =>
        pad(x, [
          [1, 2],
          [0, 3],
        ]),
    ],
    [
      'pad channels with a value',
      'pad',
      (x) =>
        pad(
          x,
          [
            [2, 1],
            [0, 0],
            [0, 0],
          ],
          -1,
        ),
    ],
    [
      'pad and crop',
      'pad',
      (x) =>
        pad(x, [
          [-1, 1],
          [2, -3],
        ]),
    ],
    [
      'crop',
      'pad',
      (x) =>
        pad(x, [
          [-1, -1],
          [-1, 0],
        ]),
    ],
    ['split channels evenly', 'split', (x) => split(x, 2, 1)],
    ['split rows by sizes', 'split', (x) => split(x, [1, 2], 2)],
    ['concat with itself along channels', 'concat', (x) => concat([x, x], 1)],
    ['stack with itself', 'stack', (x) => stack([x, x], 1)],
    [
      'a chain of moves',
      'permute',
      (x) => flip(reshape(permute(slice(x, 1, 1), [1, 0, 3, 2]), [8, 12]), 0),
    ],
  ] as readonly [string, string, Move['body']][]
).map(([name, op, body]) => ({ name, op, shape: [2, 5, 3, 4], body }));

const plain: Program[] = moves.map(({ name, op, shape, body }) => ({
  name,
  op,
  inputs: [uniform(shape)],
  body: (x) => body(x),
}));

const ofIntegers: Program[] = (['int32', 'uint8', 'bool'] as const)
  .flatMap((dtype) =>
    moves.map(({ name, op, shape, body }) => ({
      name: `${name}, ${dtype}`,
      op,
      inputs: [
        asType(integers(shape, dtype === 'int32' ? -9 : 0, dtype === 'bool' ? 1 : 9), dtype),
      ],
      body: (x: Tensor) => body(x),
    })),
  )
  .filter(({ name }) => !name.startsWith('pad channels with a value, ') || name.endsWith('int32'));

/** What a device holds in a layout of its own: the result of a convolution. The values move exactly. */
const ofConv: Program[] = moves.map(({ name, body }) => ({
  name: `${name}, of the result of conv`,
  op: 'conv',
  inputs: [uniform([2, 3, 3, 4]), uniform([5, 3, 1, 1])],
  body: (x, w) => body(conv(x, w)),
}));

/** And back into a convolution. */
const betweenConvs: Program[] = moves
  .filter(({ name }) =>
    [
      'permute axes in reverse',
      'slice channels',
      'slice columns backwards',
      'pad the spatial axes',
      'flip rows and channels',
      'transpose the last two axes',
      'concat with itself along channels',
      'slice every second channel',
    ].includes(name),
  )
  .map(({ name, body }) => ({
    name: `${name}, between convolutions`,
    op: 'conv',
    inputs: [uniform([2, 3, 3, 4]), uniform([5, 3, 1, 1]), uniform([3, 1, 1, 1])],
    body: (x, v, w) => {
      const moved = body(conv(x, v)) as Tensor;
      return conv(slice(moved, 1, 0, 1), w);
    },
  }));

const concats: Program[] = (
  [
    [
      'along the batch',
      0,
      [
        [1, 3, 2],
        [4, 3, 2],
      ],
    ],
    [
      'along channels of 1, 8 and 5',
      1,
      [
        [2, 1, 3, 2],
        [2, 8, 3, 2],
        [2, 5, 3, 2],
      ],
    ],
    [
      'along the last axis',
      -1,
      [
        [2, 3, 1],
        [2, 3, 4],
        [2, 3, 2],
      ],
    ],
    [
      'with an empty part',
      1,
      [
        [2, 0, 3],
        [2, 4, 3],
      ],
    ],
    ['of vectors', 0, [[5], [1], [3]]],
    [
      'along an axis of 5',
      2,
      [
        [1, 2, 3, 2, 2],
        [1, 2, 1, 2, 2],
      ],
    ],
  ] as readonly [string, number, readonly (readonly number[])[]][]
).map(([name, axis, shapes]) => ({
  name: `concat ${name}`,
  op: 'concat',
  inputs: shapes.map((shape) => uniform(shape)),
  body: (...parts) => concat(parts, axis),
}));

const mixedConcats: Program[] = [0, 1, 2, 3].map((axis) => ({
  name: `concat of a result of conv with an uploaded tensor along axis ${axis}`,
  op: 'conv',
  inputs: [uniform([2, 3, 3, 4]), uniform([5, 3, 1, 1]), uniform([2, 5, 3, 4])],
  body: (x, w, other) => concat([conv(x, w), other, conv(x, w)], axis),
}));

const expands: Program[] = (
  [
    ['a channel vector to an image', [1, 5, 1, 1], [2, 5, 3, 4]],
    ['a scalar', [], [3, 4]],
    ['a row with new axes', [1, 4], [2, 3, 4]],
    ['a column', [3, 1], [3, 7]],
    ['to an empty batch', [1, 3], [0, 3]],
    ['inner and outer axes', [1, 3, 1, 2], [2, 3, 5, 2]],
  ] as readonly [string, readonly number[], readonly number[]][]
).map(([name, from, to]) => ({
  name: `expand ${name}`,
  op: 'expand',
  inputs: [uniform(from)],
  body: (x) => expand(x, to),
}));

function index(shape: readonly number[], extent: number): Input {
  return integers(shape, 0, extent - 1);
}

const gathers: Program[] = (
  [
    ['rows of a matrix', [7, 5], 0, [4, 5]],
    ['columns of a matrix', [4, 7], 1, [4, 9]],
    ['channels', [2, 5, 3], 1, [2, 2, 3]],
    ['within a smaller box', [4, 6, 5], 1, [3, 8, 2]],
    ['from a vector', [17], 0, [40]],
    ['nothing', [4, 5], 1, [4, 0]],
    ['along the last axis of four', [2, 3, 4, 5], -1, [2, 3, 4, 1]],
  ] as readonly [string, readonly number[], number, readonly number[]][]
).map(([name, shape, axis, out]) => ({
  name: `gather ${name}`,
  op: 'gather',
  inputs: [uniform(shape), index(out, shape.slice(axis)[0]!)],
  body: (x, i) => gather(x, axis, i),
}));

const gatherTypes: Program[] = (['int32', 'uint8', 'bool'] as const).map((dtype) => ({
  name: `gather ${dtype}`,
  op: 'gather',
  inputs: [asType(integers([5, 7], 0, 1), dtype), index([3, 7], 5)],
  body: (x, i) => gather(x, 0, i),
}));

const gatherOfConv: Program = {
  name: 'gather channels of the result of conv',
  op: 'conv',
  inputs: [uniform([2, 3, 3, 4]), uniform([5, 3, 1, 1]), index([2, 7, 3, 4], 5)],
  body: (x, w, i) => gather(conv(x, w), 1, i),
};

const edges: Program[] = [
  {
    name: 'permute an empty tensor',
    op: 'permute',
    inputs: [uniform([0, 3, 2])],
    body: (x) => permute(x, [2, 0, 1]),
  },
  {
    name: 'permute a large matrix',
    op: 'permute',
    inputs: [uniform([67, 131])],
    body: (x) => permute(x, [1, 0]),
  },
  {
    name: 'permute six axes',
    op: 'permute',
    inputs: [uniform([2, 3, 2, 1, 3, 2])],
    body: (x) => permute(x, [5, 0, 3, 1, 4, 2]),
  },
  {
    name: 'reshape a scalar to a vector and back',
    op: 'reshape',
    inputs: [uniform([])],
    body: (x) => reshape(reshape(x, [1, 1]), []),
  },
  {
    name: 'pad a vector of 2,049 elements',
    op: 'pad',
    inputs: [uniform([1, 1, 2049])],
    body: (x) => pad(x, [[3, 4]]),
  },
  {
    name: 'pad an empty batch',
    op: 'pad',
    inputs: [uniform([0, 2, 3])],
    body: (x) => pad(x, [[1, 1]]),
  },
];

/** Operations that only move elements. */
export const movementPrograms: readonly Program[] = [
  ...plain,
  ...ofIntegers,
  ...ofConv,
  ...betweenConvs,
  ...concats,
  ...mixedConcats,
  ...expands,
  ...gathers,
  ...gatherTypes,
  gatherOfConv,
  ...edges,
];
