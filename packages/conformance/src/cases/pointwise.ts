import {
  conv,
  pointwise,
  pointwiseRows,
  type DType,
  type PointwiseRow,
  type Tensor,
} from '@convnet/tensor-core';
import { asType, fixed, integers, listed, steps, uniform, type Input } from '../inputs.ts';
import type { Program } from '../program.ts';

/** Where a row names no interval for an input. */
const defaultDomain = [-3.5, 3.5] as const;

/** Odd extents, so that vectors of 4 and 8 leave a rest. */
const plainShape = [2, 3, 5, 7];

const rows = Object.entries(pointwiseRows);

/** Rows whose integer result is undefined where the second input is 0. */
const divides = (name: string): boolean => name === 'remainder';

function input(name: string, row: PointwiseRow, position: number, shape: readonly number[]): Input {
  if (name === 'where' && position === 0) return integers(shape, 0, 1, 'bool');
  const [low, high] = row.domain?.[position] ?? defaultDomain;
  return uniform(shape, low, high);
}

function inputsOf(
  name: string,
  row: PointwiseRow,
  shapes: readonly (readonly number[])[],
): Input[] {
  return Array.from({ length: row.inputs }, (_, i) =>
    input(name, row, i, shapes[i % shapes.length]!),
  );
}

function applying(name: string, row: PointwiseRow): Program['body'] {
  return (...inputs) => pointwise(name, inputs, row.exampleScalars ?? []);
}

const draws: Program[] = rows.map(([name, row]) => ({
  name: `${name} of float32 in its domain`,
  op: name,
  inputs: inputsOf(name, row, [plainShape]),
  body: applying(name, row),
}));

const scalarShapes: Program[] = rows.flatMap(([name, row]) =>
  [[], [1], [67], [0], [3, 0, 2]].map((shape) => ({
    name: `${name} of a float32 tensor [${shape.join(', ')}]`,
    op: name,
    inputs: inputsOf(name, row, [shape]),
    body: applying(name, row),
  })),
);

/** Zeros, halves, equal operands: where comparisons, rounding and gradients at kinks are decided. */
const grids: Program[] = rows.map(([name, row]) => ({
  name: `${name} of multiples of a half`,
  op: name,
  inputs: inputsOf(name, row, [plainShape]).map((drawn, i) => {
    if (drawn.dtype === 'bool') return drawn;
    const low = row.domain ? Math.ceil(row.domain[i % row.domain.length]![0] * 2) / 2 : -3;
    const high = row.domain ? Math.floor(row.domain[i % row.domain.length]![1] * 2) / 2 : 3;
    const grid = steps(plainShape, low, high, 0.5);
    return { ...grid, grad: row.gradient !== undefined && name !== 'pow' };
  }),
  body: applying(name, row),
  smooth: false,
}));

/** Small inputs, on whose scale a function that loses digits near 0 is far off. */
const nearZero: Program[] = [
  'expm1',
  'log1p',
  'sin',
  'tanh',
  'erf',
  'silu',
  'gelu',
  'mish',
  'elu',
].map((name) => ({
  name: `${name} of float32 near 0`,
  op: name,
  inputs: [uniform(plainShape, -1e-4, 1e-4)],
  body: applying(name, pointwiseRows[name]!),
  smooth: false,
}));

const special = [
  0,
  -0,
  1,
  -1,
  NaN,
  Infinity,
  -Infinity,
  1e-30,
  -1e-30,
  2.5,
  -2.5,
  80,
  -80,
  1e30,
  -1e30,
];
const oscillates = (name: string): boolean => name === 'sin' || name === 'cos';

/** NaN, infinities and extremes in every combination. */
const specials: Program[] = rows
  .filter(([name, row]) => !name.endsWith('Grad') && row.inputs < 3)
  .map(([name, row]) => {
    const values = oscillates(name) ? special.filter((v) => !(Math.abs(v) > 100)) : special;
    const count = values.length;
    const first = listed(values, row.inputs === 1 ? [count] : [count, count]);
    const second: Input = { ...first, value: (_, i) => values[Math.floor(i / count)]! };
    return {
      name: `${name} of NaN, infinities and extremes`,
      op: name,
      inputs: [first, second].slice(0, row.inputs),
      body: applying(name, row),
      scale: 'element',
    };
  });

type TwoShapes = readonly [readonly number[], readonly number[]];

const swapped = ([a, b]: TwoShapes): TwoShapes => [b, a];

const broadcastForms: readonly TwoShapes[] = [
  [
    [2, 5, 3, 7],
    [1, 5, 1, 1],
  ],
  [
    [2, 5, 3, 7],
    [5, 1, 1],
  ],
  [[2, 5, 3, 7], []],
  [[2, 5, 3, 7], [1]],
  [[2, 5, 3, 7], [7]],
  [
    [2, 5, 3, 7],
    [2, 1, 1, 7],
  ],
  [
    [2, 5, 3, 7],
    [2, 5, 3, 1],
  ],
  [
    [2, 5, 3, 7],
    [2, 1, 1, 1],
  ],
  [
    [2, 1, 3, 1],
    [1, 5, 1, 7],
  ],
  [[4, 17], [17]],
  [
    [4, 1],
    [1, 9],
  ],
  [
    [0, 5, 3],
    [5, 1],
  ],
  [
    [3, 8, 4],
    [3, 8, 1],
  ],
  [
    [2, 3, 1, 2, 5],
    [3, 4, 1, 1],
  ],
];

const thoroughlyBroadcast = ['add', 'sub', 'mul', 'div', 'maximum', 'lt'];

const broadcasts: Program[] = rows.flatMap(([name, row]) => {
  if (row.inputs === 1) return [];
  const forms = thoroughlyBroadcast.includes(name)
    ? [...broadcastForms, ...broadcastForms.map(swapped)]
    : [broadcastForms[0]!, swapped(broadcastForms[0]!), broadcastForms[8]!];
  return forms.map((shapes) => ({
    name: `${name} of [${shapes[0].join(', ')}] with [${shapes[1].join(', ')}]`,
    op: name,
    inputs: inputsOf(name, row, shapes),
    body: applying(name, row),
  }));
});

/** Integer inputs for a row: the whole range for those that wrap, and no zero divisors. */
function integerInputs(name: string, row: PointwiseRow, dtype: DType): Input[] {
  return Array.from({ length: row.inputs }, (_, i) => {
    if (name === 'where' && i === 0) return integers(plainShape, 0, 1, 'bool');
    if (dtype === 'bool') return integers(plainShape, 0, 1, 'bool');
    const least = dtype === 'uint8' ? 0 : -9;
    const drawn = integers(plainShape, least, 9, dtype);
    if (!divides(name) || i === 0) return drawn;
    return { ...drawn, value: (u, at) => drawn.value(u, at) || 4 };
  });
}

function integerScalars(row: PointwiseRow): number[] {
  return (row.exampleScalars ?? []).map((scalar) => Math.trunc(scalar * 3));
}

function rowTakes(name: string, row: PointwiseRow, dtype: DType): boolean {
  if (name.endsWith('Grad')) return false;
  if (row.result === 'bool') return true;
  if (dtype !== 'bool') return row.result === 'same' || row.domain === undefined;
  return name === 'where' || name === 'maximum' || name === 'minimum';
}

const typed: Program[] = (['int32', 'uint8', 'bool'] as const).flatMap((dtype) =>
  rows
    .filter(([name, row]) => rowTakes(name, row, dtype))
    .map(([name, row]) => ({
      name: `${name} of ${dtype}`,
      op: name,
      inputs: integerInputs(name, row, dtype),
      body: (...inputs: Tensor[]) => pointwise(name, inputs, integerScalars(row)),
    })),
);

const int32Edges = [2147483647, -2147483648, 65537, -65537, 1000003, -1, 0, 3];
const uint8Edges = [255, 128, 127, 200, 3, 1, 0, 16];

/** Results beyond the range, which wrap around. */
const wraps: Program[] = (
  [
    ['int32', int32Edges],
    ['uint8', uint8Edges],
  ] as const
).flatMap(([dtype, edges]) =>
  [
    'add',
    'sub',
    'mul',
    'neg',
    'abs',
    'square',
    'sign',
    'addScalar',
    'mulScalar',
    'maximum',
    'lt',
    'eq',
  ].map((name) => {
    const row = pointwiseRows[name]!;
    const first = listed(edges, [8, 8], dtype);
    const second: Input = { ...first, value: (_, i) => edges[Math.floor(i / 8)]! };
    return {
      name: `${name} of ${dtype} beyond its range`,
      op: name,
      inputs: [first, second].slice(0, row.inputs),
      body: (...inputs: Tensor[]) => pointwise(name, inputs, row.scalars === 1 ? [77777] : []),
    };
  }),
);

/** A tensor that a device may hold channels-last: the result of a 1x1 convolution. */
const fromConv = (x: Tensor, w: Tensor): Tensor => conv(x, w);

const layoutForms: readonly (readonly number[])[] = [
  [2, 5, 3, 4],
  [1, 5, 1, 1],
  [5, 1, 1],
  [5, 3, 4],
  [2, 1, 3, 4],
  [2, 5, 1, 1],
  [4],
  [],
];

/** The result of a convolution with tensors that were uploaded, in both orders. */
const layouts: Program[] = ['add', 'sub', 'mul', 'div', 'maximum', 'ge', 'prelu'].flatMap((name) =>
  layoutForms.flatMap((shape) =>
    [false, true].map((swapped): Program => {
      const row = pointwiseRows[name]!;
      const domain = row.domain?.[swapped ? 0 : 1] ?? defaultDomain;
      return {
        name: `${name} of ${swapped ? `[${shape.join(', ')}] with the result of conv` : `the result of conv with [${shape.join(', ')}]`}`,
        op: name,
        inputs: [
          uniform([2, 3, 3, 4], 0.5, 1),
          uniform([5, 3, 1, 1], 0.5, 1),
          uniform(shape, domain[0], domain[1]),
        ],
        body: (x, w, other) => {
          const y = fromConv(x, w);
          return pointwise(name, swapped ? [other, y] : [y, other]);
        },
      };
    }),
  ),
);

const unaryLayouts: Program[] = ['relu', 'tanh', 'gelu', 'isNaN', 'addScalar', 'hardswish'].map(
  (name) => ({
    name: `${name} of the result of conv`,
    op: name,
    inputs: [uniform([2, 3, 3, 4]), uniform([5, 3, 1, 1])],
    body: (x, w) => applying(name, pointwiseRows[name]!)(fromConv(x, w)),
  }),
);

const bothFromConv: Program[] = ['add', 'mul', 'where'].map((name) => ({
  name: `${name} of two results of conv`,
  op: name,
  inputs: [uniform([2, 3, 3, 4]), uniform([5, 3, 1, 1]), uniform([5, 3, 1, 1])],
  body: (x, v, w) => {
    const a = fromConv(x, v);
    const b = fromConv(x, w);
    return name === 'where'
      ? pointwise('where', [pointwise('gt', [a, b]), a, b])
      : pointwise(name, [a, b]);
  },
}));

/** Element types that meet are promoted as PyTorch promotes them. */
const promotions: Program[] = (
  [
    ['int32', 'float32'],
    ['uint8', 'int32'],
    ['bool', 'int32'],
    ['bool', 'float32'],
    ['uint8', 'float32'],
    ['bool', 'uint8'],
  ] as const
).flatMap(([a, b]) =>
  ['add', 'mul', 'div', 'eq'].map((name) => ({
    name: `${name} of ${a} and ${b}`,
    op: name,
    inputs: [a, b].map((dtype) =>
      dtype === 'float32'
        ? uniform(plainShape, 0.5, 2)
        : asType(integers(plainShape, dtype === 'bool' ? 1 : 1, dtype === 'bool' ? 1 : 9), dtype),
    ),
    body: (...inputs: Tensor[]) => pointwise(name, inputs),
  })),
);

/** A tensor used twice by one operation, and a gradient that is shared by two leaves. */
const shared: Program[] = [
  {
    name: 'mul of a tensor with itself',
    op: 'mul',
    inputs: [uniform([3, 5])],
    body: (x) => pointwise('mul', [x, x]),
  },
  {
    name: 'add of a tensor with itself',
    op: 'add',
    inputs: [uniform([3, 5])],
    body: (x) => pointwise('add', [x, x]),
  },
  {
    name: 'a tensor that many operations use',
    op: 'add',
    inputs: [uniform([3, 5]), fixed(uniform([3, 5]))],
    body: (x, y) => {
      const a = pointwise('add', [x, y]);
      const b = pointwise('mul', [a, x]);
      return pointwise('sub', [pointwise('add', [b, a]), pointwise('tanh', [x])]);
    },
  },
];

/** Every row of the pointwise table, over its domain, element types, shapes and layouts. */
export const pointwisePrograms: readonly Program[] = [
  ...draws,
  ...scalarShapes,
  ...grids,
  ...nearZero,
  ...specials,
  ...broadcasts,
  ...typed,
  ...wraps,
  ...layouts,
  ...unaryLayouts,
  ...bothFromConv,
  ...promotions,
  ...shared,
];
