import {
  adaptiveAvgPool,
  adaptiveMaxPool,
  avgPool,
  concat,
  conv,
  maxPool,
  maxPoolWithIndices,
  type AvgPoolOptions,
  type MaxPoolOptions,
  type PerAxis,
} from '@convnet/tensor-core';
import { listed, steps, uniform } from '../inputs.ts';
import type { Program } from '../program.ts';

interface PoolCase {
  readonly shape: readonly number[];
  readonly kernel: PerAxis;
  readonly options?: MaxPoolOptions & AvgPoolOptions;
}

const describe = ({ shape, kernel, options = {} }: PoolCase): string =>
  `${shape.length - 2}d [${shape.join(', ')}] kernel ${JSON.stringify(kernel)}` +
  Object.entries(options)
    .map(([name, value]) => ` ${name} ${JSON.stringify(value)}`)
    .join('');

const common: readonly PoolCase[] = [
  { shape: [2, 3, 8, 8], kernel: 2 },
  { shape: [2, 5, 7, 9], kernel: 2 },
  { shape: [2, 3, 7, 9], kernel: 3, options: { stride: 2, padding: 1 } },
  { shape: [2, 3, 7, 9], kernel: 3, options: { stride: 2 } },
  { shape: [2, 3, 7, 8], kernel: 3, options: { stride: 2, ceilMode: true } },
  { shape: [2, 3, 7, 8], kernel: 3, options: { stride: 2, padding: 1, ceilMode: true } },
  { shape: [1, 2, 5, 5], kernel: 2, options: { stride: 3, padding: 1, ceilMode: true } },
  { shape: [1, 2, 6, 4], kernel: 3, options: { stride: 3, padding: 1, ceilMode: true } },
  { shape: [1, 2, 4, 4], kernel: 1, options: { stride: 2, ceilMode: true } },
  { shape: [1, 17, 5, 6], kernel: [3, 2], options: { stride: [1, 2], padding: [1, 0] } },
  { shape: [1, 8, 5, 6], kernel: 3, options: { stride: 1, padding: 1 } },
  { shape: [3, 1, 6, 6], kernel: 6 },
  { shape: [0, 3, 8, 8], kernel: 2 },
  { shape: [2, 3, 11], kernel: 2 },
  { shape: [2, 3, 11], kernel: 3, options: { stride: 2, padding: 1, ceilMode: true } },
  { shape: [2, 3, 12], kernel: 5, options: { stride: 3, padding: 2 } },
  { shape: [1, 2, 2501], kernel: 4, options: { stride: 4, ceilMode: true } },
  { shape: [2, 3, 4, 5, 6], kernel: 2 },
  {
    shape: [1, 5, 5, 4, 5],
    kernel: [2, 3, 2],
    options: { stride: [2, 1, 2], padding: [1, 1, 0], ceilMode: true },
  },
  { shape: [1, 2, 3, 9, 5], kernel: 3, options: { stride: 2, padding: 1 } },
];

const maxOnly: readonly PoolCase[] = [
  { shape: [2, 3, 9, 9], kernel: 2, options: { dilation: 2 } },
  { shape: [2, 3, 9, 8], kernel: 3, options: { dilation: 2, stride: 2, padding: 1 } },
  {
    shape: [2, 3, 9, 8],
    kernel: 3,
    options: { dilation: [2, 1], stride: [1, 3], padding: 1, ceilMode: true },
  },
  { shape: [2, 3, 13], kernel: 3, options: { dilation: 4 } },
  { shape: [1, 2, 5, 5, 6], kernel: 2, options: { dilation: 2, stride: 1 } },
];

const maxPools: Program[] = [...common, ...maxOnly].map((c) => ({
  name: `maxPool ${describe(c)}`,
  op: 'maxPool',
  inputs: [uniform(c.shape)],
  body: (x) => maxPoolWithIndices(x, c.kernel, c.options),
}));

const avgOnly: readonly PoolCase[] = common
  .filter(({ options }) => options?.padding !== undefined || options?.ceilMode === true)
  .map((c) => ({ ...c, options: { ...c.options, countIncludePad: false } }));

const overridden: PoolCase = {
  shape: [2, 3, 7, 8],
  kernel: 3,
  options: { stride: 2, padding: 1, divisorOverride: 5 },
};

const avgPools: Program[] = [...common, ...avgOnly, overridden].map((c) => ({
  name: `avgPool ${describe(c)}`,
  op: 'avgPool',
  inputs: [uniform(c.shape)],
  body: (x) => avgPool(x, c.kernel, c.options),
}));

const adaptiveForms: readonly (readonly [readonly number[], PerAxis])[] = [
  [[2, 3, 7, 9], 1],
  [
    [2, 3, 7, 9],
    [3, 4],
  ],
  [
    [2, 5, 4, 5],
    [7, 6],
  ],
  [[2, 17, 6, 6], 6],
  [[2, 3, 11], 4],
  [[2, 3, 11], 1],
  [[1, 3, 2503], 3],
  [
    [1, 2, 5, 4, 3],
    [2, 3, 2],
  ],
  [[0, 3, 6, 6], 2],
  [[1, 512, 3, 3], 1],
];

const adaptive: Program[] = adaptiveForms.flatMap(([shape, out]): Program[] => [
  {
    name: `adaptiveAvgPool [${shape.join(', ')}] to ${JSON.stringify(out)}`,
    op: 'adaptiveAvgPool',
    inputs: [uniform(shape)],
    body: (x) => adaptiveAvgPool(x, out),
  },
  {
    name: `adaptiveMaxPool [${shape.join(', ')}] to ${JSON.stringify(out)}`,
    op: 'adaptiveMaxPool',
    inputs: [uniform(shape)],
    body: (x) => adaptiveMaxPool(x, out),
  },
]);

const others: Program[] = [
  {
    name: 'maxPool among equal values takes the first',
    op: 'maxPool',
    inputs: [{ ...steps([2, 5, 8, 8], 0, 2, 1), grad: true }],
    body: (x) => maxPoolWithIndices(x, 3, { stride: 1, padding: 1 }),
    smooth: false,
  },
  {
    name: 'maxPool with NaN and infinities',
    op: 'maxPool',
    inputs: [
      listed(
        [
          1,
          2,
          NaN,
          4,
          5,
          6,
          7,
          -Infinity,
          NaN,
          NaN,
          3,
          4,
          Infinity,
          6,
          -Infinity,
          8,
          9,
          1,
          -Infinity,
          -Infinity,
        ],
        [1, 5, 4, 4],
      ),
    ],
    body: (x) => maxPoolWithIndices(x, 2, { stride: 1, padding: 1 }),
  },
  ...[2, 3].map((kernel): Program => ({
    name: `maxPool with NaN, infinities and zeros of both signs, without indices, kernel ${kernel}`,
    op: 'maxPool',
    inputs: [
      listed([1, NaN, 3, -0, 0, 6, -Infinity, 8, Infinity, NaN, 0, -0, -Infinity], [1, 21, 5, 4]),
    ],
    body: (x) => maxPool(x, kernel, { stride: 1 }),
  })),
  {
    name: 'maxPool of -Infinity throughout',
    op: 'maxPool',
    inputs: [listed([-Infinity], [1, 4, 4, 4])],
    body: (x) => maxPoolWithIndices(x, 2),
  },
  {
    name: 'avgPool with NaN and infinities',
    op: 'avgPool',
    inputs: [listed([1, 2, NaN, 4, 5, 6, 7, Infinity, 1, 2, 3, 4], [1, 3, 4, 4])],
    body: (x) => avgPool(x, 2),
  },
  {
    name: 'maxPool of the result of conv',
    op: 'conv',
    inputs: [uniform([2, 3, 8, 9]), uniform([5, 3, 3, 3])],
    body: (x, w) => maxPool(conv(x, w, null, { padding: 1 }), 2),
  },
  {
    name: 'maxPool of the result of a 1d conv',
    op: 'conv',
    inputs: [uniform([2, 3, 21]), uniform([8, 3, 3])],
    body: (x, w) => maxPool(conv(x, w, null, { padding: 1 }), 3, { stride: 2, padding: 1 }),
  },
  {
    name: 'avgPool of the result of conv',
    op: 'avgPool',
    inputs: [uniform([2, 3, 8, 9]), uniform([5, 3, 3, 3])],
    body: (x, w) => avgPool(conv(x, w, null, { padding: 1 }), 3, { stride: 2, padding: 1 }),
  },
  {
    name: 'conv of the result of maxPool',
    op: 'conv',
    inputs: [uniform([2, 3, 8, 9]), uniform([5, 3, 3, 3])],
    body: (x, w) => conv(maxPool(x, 2), w, null, { padding: 1 }),
  },
  {
    name: 'adaptiveAvgPool of the result of a 3d conv',
    op: 'adaptiveAvgPool',
    inputs: [uniform([2, 3, 3, 4, 5]), uniform([4, 3, 1, 1, 1])],
    body: (x, w) => adaptiveAvgPool(conv(x, w), 1),
  },
  {
    // Devices may keep what they derive from windows, but not for ever.
    name: 'avgPool with 700 kinds of windows, one after the other',
    op: 'avgPool',
    inputs: [uniform([1, 2, 3, 7])],
    body: (x) =>
      concat(Array.from({ length: 700 }, (_, i) => avgPool(x, [1, 2], { divisorOverride: i + 1 }))),
  },
];

/** Pooling, forward and by the input. */
export const poolPrograms: readonly Program[] = [...maxPools, ...avgPools, ...adaptive, ...others];
