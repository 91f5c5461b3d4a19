import * as control from './layout/control.generated.ts';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import {
  add,
  avgPool,
  batchNorm,
  cast,
  conv,
  DisposedError,
  interpolate,
  manualSeed,
  matmul,
  mul,
  randn,
  reshape,
  sum,
  tensor,
  zeros,
  type Activation,
  type Device,
  type Tensor,
} from '@convnet/tensor-core';
import { expect, test } from 'vitest';
import { ThreadsUnavailableError, WorkerDiedError } from './errors.ts';
import { open, wasm } from './loader.ts';
import { chooseThreads } from './threads.ts';

const run = promisify(execFile);

/**
 * Elements that are not the same, or that only one side has. To list those of large arrays, as a failed `toEqual`
 * does, takes a minute.
 */
function differences(some: readonly Float32Array[], others: readonly Float32Array[]): number {
  let count = Math.abs(some.length - others.length);
  for (const [i, values] of some.entries()) {
    const compared = others[i] ?? new Float32Array(0);
    const length = Math.max(values.length, compared.length);
    for (let j = 0; j < length; j++) if (!Object.is(values[j], compared[j])) count++;
  }
  return count;
}

/** A product large enough to be shared. */
async function product(device: Device): Promise<Float32Array> {
  manualSeed(5);
  const a = randn([200, 300], { device });
  const b = randn([300, 170], { device });
  return (await matmul(a, b).data()) as Float32Array;
}

/** A convolution that is a product, and its gradients: sums over many pixels of few outputs. */
async function convolution(device: Device): Promise<Float32Array[]> {
  manualSeed(7);
  const x = randn([4, 20, 30, 30], { device, requiresGrad: true });
  const weight = randn([12, 20, 1, 1], { device, requiresGrad: true });
  const y = conv(x, weight);
  sum(mul(y, randn(y.shape, { device }))).backward();
  const results = [y, x.grad!, weight.grad!].map((t) => t.data());
  return (await Promise.all(results)) as Float32Array[];
}

/** A normalisation large enough to be shared, and its gradients. */
async function normalisation(
  device: Device,
  shape: readonly number[],
  activation: Activation | null = null,
): Promise<Float32Array[]> {
  manualSeed(6);
  const x = randn(shape, { device, requiresGrad: true });
  const weight = randn([shape[1]!], { device, requiresGrad: true });
  const direction = randn(shape, { device });
  const state = { weight, bias: null, runningMean: null, runningVar: null };
  const y = batchNorm(x, state, { training: true, activation });
  sum(mul(y, direction)).backward();
  const results = [y, x.grad!, weight.grad!].map((t) => t.data());
  return (await Promise.all(results)) as Float32Array[];
}

test('threads are the cores, one where memory cannot be shared, or what was asked for', () => {
  expect(chooseThreads(undefined, null, 8)).toBe(8);
  expect(chooseThreads(undefined, 'isolation', 8)).toBe(1);
  expect(chooseThreads(3, null, 8)).toBe(3);
  expect(chooseThreads(1, 'engine', 8)).toBe(1);
  expect(() => chooseThreads(2, 'isolation', 8)).toThrow(ThreadsUnavailableError);
  expect(() => chooseThreads(2, 'isolation', 8)).toThrow(/not cross-origin isolated/);
  expect(() => chooseThreads(2, 'engine', 8)).toThrow(/this engine has no .* memory that threads/);
  for (const threads of [0, -1, 1.5, 257, NaN]) {
    expect(() => chooseThreads(threads, null, 8)).toThrow(/from 1 to 256/);
  }
});

test('results are the same bits for every number of threads, run after run', async () => {
  const results: Float32Array[][] = [];
  for (const threads of [1, 2, 2, 4]) {
    const device = await wasm({ threads });
    results.push([
      await product(device),
      // Cut by columns, by rows, and by rows side by side.
      ...(await normalisation(device, [16, 100, 8, 8])),
      ...(await normalisation(device, [8, 40, 30, 30])),
      ...(await normalisation(device, [8, 24, 30, 30])),
      ...(await normalisation(device, [16, 100, 8, 8], { name: 'hardtanh', scalars: [0, 6] })),
      ...(await normalisation(device, [8, 40, 30, 30], { name: 'hardtanh', scalars: [0, 6] })),
      ...(await normalisation(device, [7, 3, 31, 31], { name: 'hardtanh', scalars: [0, 6] })),
      ...(await convolution(device)),
    ]);
    device.dispose();
  }
  for (const result of results) expect(differences(result, results[0]!)).toBe(0);
});

/** The last of calls that are under way for some milliseconds and read memory that is free already. */
function readLate(device: Device): Tensor {
  const x = randn([384, 384], { device });
  let y = x;
  for (let i = 0; i < 6; i++) {
    const next = mul(matmul(y, x), 1 / 20);
    if (y !== x) y.dispose();
    y = next;
  }
  x.dispose();
  return y;
}

test.each<[string, (device: Device, x: Tensor) => Tensor]>([
  [
    'data that is uploaded',
    (device) => tensor(new Float32Array(384 * 384), [384, 384], { device }),
  ],
  ['float16 that the host converts', (_, x) => cast(cast(x, 'float16'), 'float32')],
  ['windows of a pooling', (_, x) => avgPool(reshape(x, [1, 4, 192, 192]), 7, { stride: 3 })],
  [
    'offsets of many products',
    (_, x) => matmul(reshape(x, [576, 16, 16]), reshape(x, [576, 16, 16])),
  ],
  [
    'tables of an interpolation',
    (_, x) => interpolate(reshape(x, [1, 4, 192, 192]), { size: [90, 90], mode: 'bilinear' }),
  ],
  [
    'more memory for a kernel',
    (device, x) => conv(reshape(x, [1, 64, 48, 48]), randn([320, 64, 3, 3], { device })),
  ],
])('%s: the host waits for calls that use the memory', async (_, work) => {
  const results: Float32Array[][] = [];
  for (const threads of [1, 2]) {
    const device = await wasm({ threads });
    manualSeed(8);
    const x = randn([384, 384], { device });
    // Now workers are awake, or calls would run at once.
    await readLate(device).data();
    const late = readLate(device);
    const other = work(device, x);
    results.push((await Promise.all([late.data(), other.data()])) as Float32Array[]);
    device.dispose();
  }
  expect(differences(results[1]!, results[0]!)).toBe(0);
});

test('more calls than can be under way come in order', async () => {
  const device = await wasm({ threads: 2 });
  let x = zeros([64, 64], { device });
  for (let i = 0; i < 500; i++) x = add(mul(x, i % 2 === 0 ? 2 : 0.5), 1);
  let expected = 0;
  for (let i = 0; i < 500; i++) expected = Math.fround(expected * (i % 2 === 0 ? 2 : 0.5) + 1);
  const values = await x.data();
  expect(values.every((value) => value === expected)).toBe(true);
  device.dispose();
});

test('a worker that dies in the middle of its work is an error, not a hang', async () => {
  const { device, machine } = await open({ threads: 2 });
  await product(device);
  // Not from the start: beside other work, a worker that lives may be kept waiting as long.
  machine.setControlWord(control.patience, 200);
  machine.setControlWord(control.fault, 1);
  await expect(
    (async () => {
      // The host may have taken every part before the worker woke up.
      for (;;) await product(device);
    })(),
  ).rejects.toThrow(WorkerDiedError);
  await expect(product(device)).rejects.toThrow(WorkerDiedError);
  device.dispose();
});

test('a disposed device says so', async () => {
  const device = await wasm({ threads: 2 });
  const a = randn([4, 4], { device });
  device.dispose();
  expect(() => matmul(a, a)).toThrow(DisposedError);
});

test('a device that is disposed of while calls are under way says so at once', async () => {
  // Where it waited for the worker, this would never end.
  const { device } = await open({ threads: 2, workerTimeout: 2 ** 31 - 1 });
  await readLate(device).data();
  const y = readLate(device);
  device.dispose();
  await expect(y.data()).rejects.toThrow(DisposedError);
});

test.each([
  ['without dispose', ''],
  ['with dispose', 'device.dispose();'],
])('the process exits by itself %s', async (_, ending) => {
  const program = `
    import { wasm } from ${JSON.stringify(join(import.meta.dirname, 'index.ts'))};
    import { matmul, randn } from '@convnet/tensor-core';
    const device = await wasm({ threads: 3 });
    const a = randn([300, 300], { device });
    const values = await matmul(a, a).data();
    console.log(values.length);
    ${ending}
  `;
  const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', program], {
    cwd: import.meta.dirname,
    // Less than a test may take, so that none is left behind.
    timeout: 240_000,
  });
  expect(stdout.trim()).toBe('90000');
});
