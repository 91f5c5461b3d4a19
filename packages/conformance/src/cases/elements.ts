import {
  cast,
  conv,
  alphaDropout,
  dropout,
  dropoutChannels,
  featureAlphaDropout,
  elementCount,
  fillRandom,
  formatShape,
  full,
  Generator,
  hostArray,
  rand,
  randn,
  scope,
  stochasticDepth,
  tensor,
  type Device,
  type DType,
  type Tensor,
  type TypedArray,
} from '@convnet/tensor-core';
import { checkCase, type ConformanceCase } from '../case.ts';
import { integers, listed, uniform } from '../inputs.ts';
import type { Program } from '../program.ts';

const shapes: readonly (readonly number[])[] = [
  [],
  [0],
  [1],
  [5],
  [3, 0, 2],
  [2, 3, 5, 7],
  [1, 2, 1, 3, 1, 2],
];
const dtypes: readonly DType[] = ['float32', 'float16', 'int32', 'uint8', 'bool'];

const extremes: Readonly<Record<DType, readonly number[]>> = {
  float32: [
    0,
    -0,
    1,
    -1,
    NaN,
    Infinity,
    -Infinity,
    3.4028234663852886e38,
    1.401298464324817e-45,
    0.1,
  ],
  float64: [0, 0.1],
  float16: [0, -0, 1, -1, NaN, Infinity, -Infinity, 65504, 2 ** -24, 1.0009765625],
  int32: [0, 1, -1, 2147483647, -2147483648, 65536],
  uint8: [0, 1, 127, 128, 255],
  bool: [0, 1],
};

/** Positions where two arrays differ in bits (NaN equals NaN). */
function mismatches(actual: TypedArray, expected: TypedArray): string[] {
  if (actual.constructor !== expected.constructor || actual.length !== expected.length) {
    return [
      `expected ${expected.constructor.name} of ${expected.length}, got ${actual.constructor.name} of ${actual.length}`,
    ];
  }
  const at = expected.findIndex((value, i) => !Object.is(actual[i], value));
  return at < 0 ? [] : [`element ${at} is ${actual[at]}, expected ${expected[at]}`];
}

const roundTrips: ConformanceCase[] = dtypes.flatMap((dtype) =>
  shapes.map((shape) =>
    checkCase(`upload and read ${dtype} ${formatShape(shape)}`, 'upload', async (device) => {
      const expected = hostArray(dtype, elementCount(shape));
      const values = extremes[dtype];
      for (let i = 0; i < expected.length; i++) expected[i] = values[i % values.length]!;
      const x = tensor(expected, shape, { device, dtype });
      const first = await x.data();
      const failures = mismatches(first, expected);
      // What was read belongs to the caller: changing it must not change the tensor.
      first.fill(1);
      failures.push(...mismatches(await x.data(), expected));
      x.dispose();
      return failures;
    }),
  ),
);

const uploadsCopy: ConformanceCase = checkCase(
  'upload copies what the caller may change afterwards',
  'upload',
  async (device) => {
    const values = Float32Array.of(1, 2, 3);
    const x = tensor(values, [3], { device });
    values.fill(9);
    const failures = mismatches(await x.data(), Float32Array.of(1, 2, 3));
    x.dispose();
    return failures;
  },
);

const fills: ConformanceCase[] = dtypes.flatMap((dtype) =>
  shapes.map((shape) =>
    checkCase(`fill ${dtype} ${formatShape(shape)}`, 'fill', async (device) => {
      const value =
        dtype === 'float32' ? -0.1 : dtype === 'float16' ? -0.125 : dtype === 'int32' ? -7 : 1;
      const x = full(shape, value, { device, dtype });
      const expected = hostArray(dtype, elementCount(shape)).fill(value);
      const failures = mismatches(await x.data(), expected);
      x.dispose();
      return failures;
    }),
  ),
);

interface Draw {
  readonly shape: readonly number[];
  readonly seed: number;
  readonly offset: number;
}

const draws: readonly Draw[] = [
  { shape: [], seed: 1, offset: 0 },
  { shape: [1], seed: 0, offset: 0 },
  { shape: [7], seed: 42, offset: 3 },
  { shape: [2, 3, 5, 7], seed: 123456789, offset: 0 },
  { shape: [0], seed: 5, offset: 0 },
  { shape: [1001], seed: 4294967295, offset: 4294967290 },
  { shape: [130], seed: 2 ** 53 - 1, offset: 2 ** 40 + 1 },
  { shape: [65537], seed: 7, offset: 11 },
];

const randoms: ConformanceCase[] = (['uniform', 'normal'] as const).flatMap((distribution) =>
  draws.map(({ shape, seed, offset }) =>
    checkCase(
      `random ${distribution} ${formatShape(shape)} seed ${seed} offset ${offset}, bit for bit`,
      'random',
      async (device) => {
        const options = { device, generator: new Generator(seed, offset) };
        const x = distribution === 'uniform' ? rand(shape, options) : randn(shape, options);
        const expected = new Float32Array(elementCount(shape));
        fillRandom(expected, distribution, seed, offset);
        const failures = mismatches(await x.data(), expected);
        x.dispose();
        return failures;
      },
    ),
  ),
);

const casts: Program[] = dtypes.flatMap((from) =>
  dtypes
    .filter((to) => to !== from)
    .map((to): Program => {
      const values: Readonly<Record<DType, readonly number[]>> = {
        float32:
          to === 'uint8'
            ? [0, 0.4, 0.9, 1, 2.5, 254.99, 255, 7]
            : [0, -0, 0.4, -0.4, 1, -1, 2.5, -2.5, 2147483520, -2147483648, 1e5, -77.99],
        float64: [],
        float16: to === 'uint8' ? [0, 0.5, 2.75, 254.875, 255] : [0, -0, 0.5, -2.75, 65504, -1e-6],
        int32: [0, 1, -1, 255, 256, 300, -300, 16777217, 2147483647, -2147483648],
        uint8: [0, 1, 2, 128, 255],
        bool: [0, 1],
      };
      return {
        name: `cast ${from} to ${to}`,
        op: 'cast',
        inputs: [listed(values[from], [3, 17], from)],
        body: (x) => cast(x, to),
        scale: 'element',
      };
    }),
);

const castOthers: Program[] = [
  {
    name: 'cast NaN and infinities to bool',
    op: 'cast',
    inputs: [listed([NaN, Infinity, -Infinity, 0, -0, 1e-40], [6])],
    body: (x) => cast(x, 'bool'),
  },
  ...(['int32', 'uint8'] as const).map((to): Program => ({
    name: `cast what ${to} cannot hold`,
    op: 'cast',
    inputs: [
      listed([
        NaN,
        Infinity,
        -Infinity,
        2 ** 31,
        -(2 ** 31),
        2 ** 32 + 1024,
        -3e9,
        5e9,
        1e12,
        -1e15,
        3e38,
        300,
        -1,
      ]),
    ],
    body: (x) => cast(x, to),
  })),
  {
    name: 'cast the result of conv to int32 and back',
    op: 'cast',
    inputs: [integers([2, 3, 3, 4], -4, 4), integers([5, 3, 1, 1], -4, 4)],
    body: (x, w) => {
      const y = conv(cast(x, 'float32'), cast(w, 'float32'));
      return [cast(y, 'int32'), cast(cast(y, 'int32'), 'float32'), cast(y, 'bool')];
    },
  },
];

function dropped(
  name: string,
  op: string,
  drop: (x: Tensor, generator: Generator) => Tensor,
): Program {
  return {
    name,
    op,
    inputs: [uniform([4, 5, 3, 7])],
    body: (x) => drop(x, new Generator(3)),
  };
}

const dropouts: Program[] = [
  dropped('dropout 0.5', 'dropout', (x, generator) => dropout(x, 0.5, { generator })),
  dropped('dropout 0.2', 'dropout', (x, generator) => dropout(x, 0.2, { generator })),
  dropped('dropout 1', 'dropout', (x, generator) => dropout(x, 1, { generator })),
  dropped('dropout of channels', 'dropoutChannels', (x, generator) =>
    dropoutChannels(x, 0.4, { generator }),
  ),
  dropped('alphaDropout 0.3', 'alphaDropout', (x, generator) =>
    alphaDropout(x, 0.3, { training: true, generator }),
  ),
  dropped('alphaDropout 1', 'alphaDropout', (x, generator) =>
    alphaDropout(x, 1, { training: true, generator }),
  ),
  dropped('alphaDropout of channels', 'featureAlphaDropout', (x, generator) =>
    featureAlphaDropout(x, 0.4, { training: true, generator }),
  ),
  dropped('stochasticDepth by row', 'stochasticDepth', (x, generator) =>
    stochasticDepth(x, 0.5, 'row', { generator }),
  ),
  dropped('stochasticDepth by batch', 'stochasticDepth', (x, generator) =>
    stochasticDepth(x, 0.5, 'batch', { generator }),
  ),
];

/** Runs kernels that only autograd and the optimisers call. */
function kernelCase(
  name: string,
  op: string,
  run: (device: Device) => { readonly actual: Tensor; readonly expected: readonly number[] },
): ConformanceCase {
  return checkCase(name, op, (device) =>
    scope(async () => {
      const { actual, expected } = run(device);
      return mismatches(await actual.data(), Float32Array.from(expected));
    }),
  );
}

const blends: ConformanceCase[] = [
  kernelCase('blend overwrites NaN where alpha is 0', 'blend', (device) => {
    const actual = tensor([NaN, Infinity, 3, NaN, 5], { device });
    const source = tensor([1, 2, 3, 4, 5], { device });
    device.kernels.blend(actual, source, 0, 0.5);
    return { actual, expected: [0.5, 1, 1.5, 2, 2.5] };
  }),
  kernelCase('blend mixes in place', 'blend', (device) => {
    const actual = tensor([1, 2, 3, 4, 5], { device });
    const source = tensor([10, 20, 30, 40, 50], { device });
    device.kernels.blend(actual, source, 0.5, 0.25);
    return { actual, expected: [3, 6, 9, 12, 15] };
  }),
  kernelCase('blend of a result of conv with an uploaded tensor', 'blend', (device) => {
    const values = Float32Array.from({ length: 40 }, (_, i) => i);
    const x = tensor(values, [2, 5, 2, 2], { device });
    const identity = tensor(
      Float32Array.from({ length: 25 }, (_, i) => (i % 6 === 0 ? 1 : 0)),
      [5, 5, 1, 1],
      { device },
    );
    const actual = conv(x, identity);
    device.kernels.blend(actual, x, 2, 1);
    return { actual, expected: Array.from(values, (value) => value * 3) };
  }),
  kernelCase('blend of an uploaded tensor with a result of conv', 'blend', (device) => {
    const values = Float32Array.from({ length: 40 }, (_, i) => i);
    const x = tensor(values, [2, 5, 2, 2], { device });
    const identity = tensor(
      Float32Array.from({ length: 25 }, (_, i) => (i % 6 === 0 ? 1 : 0)),
      [5, 5, 1, 1],
      { device },
    );
    device.kernels.blend(x, conv(x, identity), 1, 2);
    return { actual: x, expected: Array.from(values, (value) => value * 3) };
  }),
];

/** Uploads, reads, fills, casts, random numbers and what is built of them. */
export const elementCases: readonly ConformanceCase[] = [
  ...roundTrips,
  uploadsCopy,
  ...fills,
  ...randoms,
  ...blends,
];

export const elementPrograms: readonly Program[] = [...casts, ...castOthers, ...dropouts];
