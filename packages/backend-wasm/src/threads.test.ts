import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import {
  batchNorm,
  conv,
  manualSeed,
  matmul,
  mul,
  randn,
  sum,
  type Bounds,
  type Device,
} from '@convnet/tensor-core';
import { expect, test } from 'vitest';
import { DisposedError, ThreadsUnavailableError, WorkerDiedError } from './errors.ts';
import { open, wasm } from './loader.ts';
import { chooseThreads } from './threads.ts';

const run = promisify(execFile);

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
  bounds: Bounds | null = null,
): Promise<Float32Array[]> {
  manualSeed(6);
  const x = randn(shape, { device, requiresGrad: true });
  const weight = randn([shape[1]!], { device, requiresGrad: true });
  const direction = randn(shape, { device });
  const state = { weight, bias: null, runningMean: null, runningVar: null };
  const y = batchNorm(x, state, { training: true, bounds });
  sum(mul(y, direction)).backward();
  const results = [y, x.grad!, weight.grad!].map((t) => t.data());
  return (await Promise.all(results)) as Float32Array[];
}

test('threads are the cores, one where memory cannot be shared, or what was asked for', () => {
  expect(chooseThreads(undefined, true, 8)).toBe(8);
  expect(chooseThreads(undefined, false, 8)).toBe(1);
  expect(chooseThreads(3, true, 8)).toBe(3);
  expect(chooseThreads(1, false, 8)).toBe(1);
  expect(() => chooseThreads(2, false, 8)).toThrow(ThreadsUnavailableError);
  expect(() => chooseThreads(2, false, 8)).toThrow(/not cross-origin isolated/);
  for (const threads of [0, -1, 1.5, 257, NaN]) {
    expect(() => chooseThreads(threads, true, 8)).toThrow(/from 1 to 256/);
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
      ...(await normalisation(device, [16, 100, 8, 8], { low: 0, high: 6 })),
      ...(await normalisation(device, [8, 40, 30, 30], { low: 0, high: 6 })),
      ...(await normalisation(device, [7, 3, 31, 31], { low: 0, high: 6 })),
      ...(await convolution(device)),
    ]);
    device.dispose();
  }
  for (const result of results) expect(result).toEqual(results[0]);
});

test('a worker that dies in the middle of its work is an error, not a hang', async () => {
  const { device, machine } = await open({ threads: 2, workerTimeout: 200 });
  await product(device);
  machine.setControlWord('fault', 1);
  const begin = performance.now();
  await expect(
    (async () => {
      // The host may have taken every part before the worker woke up.
      for (let i = 0; i < 1000; i++) await product(device);
    })(),
  ).rejects.toThrow(WorkerDiedError);
  expect(performance.now() - begin).toBeLessThan(20_000);
  await expect(product(device)).rejects.toThrow(WorkerDiedError);
  device.dispose();
});

test('a disposed device says so', async () => {
  const device = await wasm({ threads: 2 });
  const a = randn([4, 4], { device });
  device.dispose();
  expect(() => matmul(a, a)).toThrow(DisposedError);
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
    timeout: 20_000,
  });
  expect(stdout.trim()).toBe('90000');
});
