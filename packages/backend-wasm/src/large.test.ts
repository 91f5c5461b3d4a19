import { readFile } from 'node:fs/promises';
import { argsort, full, matmul, mul, OutOfMemoryError, sum, zeros } from '@convnet/tensor-core';
import { largeCases } from '@convnet/conformance';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { binaryUrl } from './binaries.ts';
import type { KernelExports } from './exports.ts';
import * as batchNorm from './layout/batch-norm.generated.ts';
import * as at from './layout/conv.generated.ts';
import { instantiate, open, type Opened } from './loader.ts';

describe.each([1, 2])('on %d threads', (threads) => {
  let opened: Opened;

  beforeAll(async () => {
    opened = await open({ threads });
  });

  afterAll(() => opened.device.dispose());

  test.each(largeCases())('$name', async ({ run }) => {
    expect((await run(opened.device)).failures).toEqual([]);
  });

  test('a hundred million ones', async () => {
    const { device } = opened;
    const x = full([1e8], 1, { device });
    const values = await x.data();
    x.dispose();
    let count = 0;
    for (const value of values) if (value === 1) count++;
    expect(count).toBe(1e8);
  });

  test('the sum of 2^28 ones, a gibibyte', async () => {
    const { device } = opened;
    const x = full([2 ** 28], 1, { device });
    const total = sum(x);
    expect(await total.item()).toBe(2 ** 28);
    for (const t of [x, total]) t.dispose();
  });
});

test('a long piece of work that goes on is not given up', async () => {
  // Seconds, of which some milliseconds pass between two signs.
  const { device } = await open({ threads: 2, workerTimeout: 1500 });
  const count = 2 ** 24;
  const x = mul(full([count], 2, { device }), -1);
  // No line, but as long: room for it is made now.
  argsort(zeros([0, count], { device }));
  // The worker is awake from the first of these products and busy with the others, and takes what follows them while
  // the host is elsewhere.
  let product = full([512, 512], 0, { device });
  for (let i = 0; i < 10; i++) product = matmul(product, product);
  const order = argsort(x);
  const until = performance.now() + 300;
  while (performance.now() < until);
  const values = await order.data();
  expect(values.every((position, i) => position === i)).toBe(true);
  device.dispose();
});

test('of nothing there may be more than 32 bits count', async () => {
  const { device } = await open({ threads: 1 });
  const spec = (shape: readonly number[]) => ({ shape, dtype: 'float32' }) as const;
  const operand = (shape: readonly number[]) => ({
    ...spec(shape),
    buffer: device.kernels.fill(spec([12]), 1),
  });
  const none = spec([2 ** 33, 0, 4]);
  const [a, b] = [operand([2 ** 33, 0, 3]), operand([1, 3, 4])];
  const buffer = device.kernels.matmul(a, b, null, { a: false, b: false }, none);
  expect((await device.backend.read({ ...none, buffer })).length).toBe(0);
  device.dispose();
});

/** A binary by itself, for questions that need no memory. */
async function kernels(): Promise<KernelExports> {
  const module = await WebAssembly.compile(await readFile(binaryUrl('simd', false)));
  return instantiate(module, new WebAssembly.Memory({ initial: 64, maximum: 65536 }));
}

test('parts of the largest counts are all of them, in order', async () => {
  const { part_begin } = await kernels();
  for (const total of [1, 15, 17, 2 ** 25 + 5, 2 ** 28, 2 ** 30, 2 ** 32 - 64, 2 ** 32 - 1]) {
    for (const unit of [1, 4, 16, 64]) {
      for (const parts of [1, 2, 3, 64, 1526, 4096, 65_536, 2 ** 20 - 1]) {
        const units = Math.ceil(total / unit);
        const edge = (index: number): number => part_begin(total, unit, parts, index) >>> 0;
        expect(edge(0)).toBe(0);
        expect(edge(parts)).toBe(total);
        for (let i = 1; i < 8; i++) {
          const index = Math.floor((parts * i) / 8);
          // In numbers that have no end.
          const exact = (BigInt(units) * BigInt(index)) / BigInt(parts);
          expect(edge(index)).toBe(Math.min(Number(exact) * unit, total));
        }
      }
    }
  }
});

/** Arguments with these values from these words on, and zeros: nothing is to run. */
function words(count: number, values: readonly (readonly [number, readonly number[]])[]): number[] {
  const all = new Array<number>(count).fill(0);
  for (const [at, some] of values) all.splice(at, some.length, ...some);
  return all;
}

/** The arguments of a convolution to one pixel. */
function convolution(
  [batch, groups, inputs, outputs]: readonly [number, number, number, number],
  taps: readonly [number, number, number],
  dilation: number,
): readonly number[] {
  const along = (value: number, other: number): number[] =>
    taps.map((count) => (count > 1 ? value : other));
  const ones = [1, 1, 1];
  return words(at.words, [
    [at.batch, [batch]],
    [at.groups, [groups]],
    [at.inputs, [inputs]],
    [at.outputs, [outputs]],
    [at.input, ones],
    [at.output, ones],
    [at.taps, taps],
    [at.stride, ones],
    [at.dilation, along(dilation, 1)],
    [at.pad, along(dilation, 0)],
  ]);
}

// More than 32 bits count: cut off, it would pass for a little.
test.each([
  ['positions to sort', 'argsort', [0, 0, 1, 4e8, 1, 0, 0]],
  ['packed weights', 'conv_forward', convolution([1, 2 ** 27, 2, 1], [1, 1, 1], 1)],
  ['padded inputs', 'conv_forward', convolution([1, 1, 1, 4], [1, 3, 3], 1e5)],
  ['padded inputs of a gradient', 'conv_weight_grad', convolution([1, 1, 1, 4], [1, 3, 3], 1e5)],
  ['sums of a gradient', 'conv_weight_grad', convolution([128, 2 ** 20, 1, 1], [1, 16, 16], 1)],
  [
    'coefficients',
    'batch_norm_inference',
    words(batchNorm.words, [
      [batchNorm.rows, [1]],
      [batchNorm.channels, [3e8]],
    ]),
  ],
] as const)('a kernel that wants more than 4 GiB for %s is refused', async (_, kernel, values) => {
  const { device, machine } = await open({ threads: 1 });
  expect(() => machine.call(kernel, values)).toThrow(OutOfMemoryError);
  device.dispose();
});
