import {
  elementCount,
  fromFloat16,
  toFloat16,
  type ConvGeometry,
  type Device,
  type Operand,
  type TensorSpec,
} from '@convnet/tensor-core';
import { reference } from '@convnet/tensor-core/reference';
import { afterAll, describe, expect, test } from 'vitest';

import { dawnWithHalves } from '../testing/dawn.ts';
import { quickTiles } from '../testing/quick-tiles.ts';
import { open } from '../webgpu.ts';

const found = await dawnWithHalves();
if ('missing' in found) {
  process.stderr.write(`not run: weights in float16, kernels (${found.missing})\n`);
}

const spec = (shape: readonly number[]): TensorSpec => ({ shape, dtype: 'float32' });

/** Numbers from -1 to 1 of 24 bits, so that halves round them. */
function numbers(count: number, seed: number): Float32Array<ArrayBuffer> {
  let state = seed;
  return Float32Array.from({ length: count }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
    return (state >> 8) / 2 ** 23;
  });
}

/** Calls a kernel with factors on a device, and reads what comes. */
type Kernel = (device: Device, factors: readonly [Operand, Operand]) => Operand['buffer'];

/** A product of two factors, as kernels compute it: what it gives, and which of its factors are weights. */
interface Product {
  readonly shapes: readonly [readonly number[], readonly number[]];
  readonly areWeights: readonly [boolean, boolean];
  readonly out: readonly number[];
  readonly run: Kernel;
}

describe.runIf('gpu' in found)('weights in float16', async () => {
  const opened = 'gpu' in found ? await open({ gpu: found.gpu, storage: 'float16' }) : null;
  const { device, recorder } = opened ?? { device: null!, recorder: null! };
  const tilesOfDevice = opened?.recorder.limits.tiles;
  if (opened !== null) {
    recorder.marksUnwritten = true;
    recorder.limits = { ...recorder.limits, tiles: quickTiles };
  }
  afterAll(() => device?.dispose());
  const exact = reference();

  async function valuesOn(
    on: Device,
    { shapes, areWeights, out, run }: Product,
    factors: readonly Float32Array<ArrayBuffer>[],
  ): Promise<Float32Array> {
    const operands = factors.map((values, i): Operand => {
      const own = spec(shapes[i]!);
      return { ...own, buffer: on.backend.upload(values, own), isReused: areWeights[i]! };
    });
    for (const operand of operands) {
      if (operand.isReused === true) on.backend.kernels.willReuse?.(operand, false);
    }
    const buffer = run(on, operands as [Operand, Operand]);
    const values = (await on.backend.read({ ...spec(out), buffer })) as Float32Array;
    for (const each of [buffer, ...operands.map((operand) => operand.buffer)]) {
      on.backend.free(each);
    }
    return values;
  }

  /** What a product of weights is off from that of weights which were rounded before, beyond how float32 rounds sums. */
  async function failuresOf(product: Product): Promise<string[]> {
    const factors = product.shapes.map((shape, i) => numbers(elementCount(shape), 5 + i));
    const rounded = factors.map((values, i) =>
      product.areWeights[i]! ? fromFloat16(toFloat16(values)) : values,
    );
    const actual = await valuesOn(device, product, factors);
    const expected = await valuesOn(exact, product, rounded);
    const sizes = await valuesOn(
      exact,
      product,
      rounded.map((values) => values.map(Math.abs)),
    );
    const plain = await valuesOn(exact, product, factors);
    const off = (from: Float32Array): number =>
      Math.max(...actual.map((value, i) => Math.abs(value - from[i]!) / (sizes[i]! || 1)));
    const found: string[] = [];
    if (!actual.every(Number.isFinite)) found.push('not all is finite');
    if (!(off(expected) < 1e-6)) found.push(`off by ${off(expected)}`);
    // Weights as they were are further away: it is halves that were read.
    if (!(off(plain) > 2e-6 && off(plain) < 2 ** -11)) found.push(`rounded by ${off(plain)}`);
    return found;
  }

  const axes = (rank: number, value: number): number[] => Array.from({ length: rank }, () => value);

  interface Form {
    readonly name: string;
    readonly x: readonly number[];
    readonly weight: readonly number[];
    readonly stride?: number;
    readonly padding?: number;
    readonly groups?: number;
  }

  function geometryOf({ weight, stride = 1, padding = 0, groups = 1 }: Form): ConvGeometry {
    const rank = weight.length - 2;
    const pads = axes(rank, padding);
    const [strides, dilation] = [axes(rank, stride), axes(rank, 1)];
    return { stride: strides, dilation, padBegin: pads, padEnd: pads, groups };
  }

  const outputOf = ({ x, weight, stride = 1, padding = 0 }: Form): number[] => [
    x[0]!,
    weight[0]!,
    ...x
      .slice(2)
      .map((extent, i) => Math.floor((extent + 2 * padding - weight[i + 2]!) / stride) + 1),
  ];

  function failuresOfConv(form: Form): Promise<string[]> {
    const out = outputOf(form);
    return failuresOf({
      shapes: [form.x, form.weight],
      areWeights: [false, true],
      out,
      run: ({ kernels }, [x, weight]) => kernels.conv(x, weight, null, geometryOf(form), spec(out)),
    });
  }

  const convolutions: readonly Form[] = [
    { name: '1 x 1', x: [1, 64, 12, 12], weight: [64, 64, 1, 1] },
    { name: '3 x 3', x: [1, 16, 14, 14], weight: [32, 16, 3, 3], padding: 1 },
    { name: '3 x 3 in groups', x: [2, 32, 10, 10], weight: [32, 16, 3, 3], padding: 1, groups: 2 },
    { name: 'first layer', x: [1, 3, 23, 23], weight: [32, 3, 3, 3], stride: 2, padding: 1 },
    { name: 'depthwise', x: [1, 24, 11, 11], weight: [24, 1, 3, 3], padding: 1, groups: 24 },
    { name: 'depthwise, stride 2', x: [1, 8, 9, 9], weight: [8, 1, 3, 3], stride: 2, groups: 8 },
    { name: '1 x 1 at one position', x: [1, 256, 1, 1], weight: [300, 256, 1, 1] },
    { name: 'small', x: [1, 4, 5, 5], weight: [9, 4, 3, 3] },
    { name: 'along lines', x: [2, 16, 60], weight: [32, 16, 3], padding: 1 },
    { name: 'along lines, stride 2', x: [1, 5, 301], weight: [24, 5, 5], stride: 2 },
  ];

  test.each(convolutions)('convolution: $name', async (form) => {
    expect(await failuresOfConv(form)).toEqual([]);
  });

  // `x` is what comes out.
  const transposed: readonly Form[] = [
    { name: '1 x 1', x: [1, 64, 12, 12], weight: [64, 64, 1, 1] },
    { name: '2 x 2, stride 2', x: [1, 24, 18, 18], weight: [32, 24, 2, 2], stride: 2 },
    { name: 'depthwise', x: [1, 8, 9, 9], weight: [8, 1, 3, 3], groups: 8 },
    { name: '1 x 1 at one position', x: [1, 300, 1, 1], weight: [256, 300, 1, 1] },
  ];

  test.each(transposed)('transposed convolution: $name', async (form) => {
    const failures = await failuresOf({
      shapes: [outputOf(form), form.weight],
      areWeights: [false, true],
      out: form.x,
      run: ({ kernels }, [dy, weight]) =>
        kernels.convInputGrad(dy, weight, geometryOf(form), spec(form.x)),
    });
    expect(failures).toEqual([]);
  });

  const products = [
    { name: 'right', a: [40, 64], b: [64, 96], weights: 'b' },
    { name: 'right, transposed, not in vectors', a: [40, 33], b: [50, 33], weights: 'b' },
    { name: 'left, in vectors', a: [64, 40], b: [40, 96], weights: 'a' },
    { name: 'left, transposed', a: [33, 50], b: [33, 66], weights: 'a', transposeA: true },
    { name: 'in a batch', a: [2, 40, 64], b: [2, 64, 96], weights: 'b' },
    { name: 'by three rows', a: [3, 300], b: [500, 300], weights: 'b' },
    { name: 'by three rows, in columns', a: [3, 301], b: [301, 500], weights: 'b' },
    { name: 'by two columns of weights', a: [500, 300], b: [300, 2], weights: 'b' },
    { name: 'by two lines of weights', a: [2, 259], b: [517, 259], weights: 'a' },
    { name: 'of two weights', a: [5, 7], b: [7, 6], weights: 'ab' },
  ].map((form) => {
    const { a, b, weights, transposeA: isATransposed = false } = form;
    const terms = a.at(isATransposed ? -2 : -1)!;
    const isBTransposed = b.at(-2) !== terms;
    const [rows, columns] = [
      a.at(isATransposed ? -1 : -2)!,
      b.at(isBTransposed ? -2 : -1)!,
    ] as const;
    const out = [...a.slice(0, -2), rows, columns];
    const transpose = { a: isATransposed, b: isBTransposed };
    const product: Product = {
      shapes: [a, b],
      areWeights: [weights.includes('a'), weights.includes('b')],
      out,
      run: ({ kernels }, [left, right]) => kernels.matmul(left, right, null, transpose, spec(out)),
    };
    return { name: form.name, product };
  });

  test.each(products)('product, weights: $name', async ({ product }) => {
    expect(await failuresOf(product)).toEqual([]);
  });

  test('product in the tiles of the device', async () => {
    const { limits } = recorder;
    recorder.limits = { ...limits, tiles: tilesOfDevice! };
    expect(await failuresOf(products[0]!.product)).toEqual([]);
    recorder.limits = limits;
  });

  test('every number of float16 is read as it is, smaller ones than 2^-14 too or as 0', async () => {
    const halves = Uint16Array.from({ length: 1 << 16 }, (_, bits) => bits);
    const all = fromFloat16(halves);
    const values = await valuesOn(
      device,
      {
        shapes: [
          [1, 1],
          [1, 1 << 16],
        ],
        areWeights: [false, true],
        out: [1, 1 << 16],
        run: ({ kernels }, [one, weights]) =>
          kernels.matmul(one, weights, null, { a: false, b: false }, spec([1, 1 << 16])),
      },
      [Float32Array.of(1), all],
    );
    const wrong = Array.from(values).filter((value, i) => {
      const isFlushed = Math.abs(all[i]!) < 2 ** -14 && value === 0;
      return !Object.is(value, all[i]) && !isFlushed && !(value === 0 && all[i] === 0);
    });
    expect(wrong).toEqual([]);
  });

  test('with buffers in two ranges', async () => {
    const { pipelines } = recorder;
    const { divide } = pipelines;
    const form = convolutions.find(({ name }) => name === 'depthwise')!;
    const [own, names] = [pipelines.get.bind(pipelines), new Set<string>()];
    pipelines.get = (shader) => {
      names.add(shader.name);
      return own(shader);
    };
    pipelines.divide = (sizes) => sizes.map((size) => (size > 256 ? 2 : 1));
    expect(await failuresOfConv(form)).toEqual([]);
    const few = products.find(({ name }) => name === 'by three rows')!;
    expect(await failuresOf(few.product)).toEqual([]);
    pipelines.divide = divide;
    pipelines.get = own;
    expect([...names].filter((name) => name.includes('in halves')).sort()).toMatchInlineSnapshot(`
      [
        "conv of few 1x3x3 stride 1x1x1 , weights in halves, in ranges 2 2 2",
        "matmul by 3 of lines in vectors , first in halves, in ranges 2 2 2",
      ]
    `);
  });
});
