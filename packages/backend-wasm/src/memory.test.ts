import { add, OutOfMemoryError, zeros } from '@convnet/tensor-core';
import { expect, test } from 'vitest';
import { wasm } from './loader.ts';

const mebibyte = 2 ** 20;

test('memory that runs out is an error that names what was asked and what is live', async () => {
  const device = await wasm({ threads: 1, maximumMemory: 16 * mebibyte });
  const kept = zeros([mebibyte], { device });
  const ask = (): unknown => zeros([4 * mebibyte], { device });
  expect(ask).toThrow(OutOfMemoryError);
  let caught: unknown;
  try {
    ask();
  } catch (error) {
    caught = error;
  }
  expect(caught).toMatchObject({ requested: 16 * mebibyte, live: 4 * mebibyte });
  expect(String(caught)).toMatch(/asked for 16.0 MiB with 4.0 MiB live of at most 16.0 MiB/);
  // What is left still works.
  const values = await add(kept, kept).data();
  expect(values[0]).toBe(0);
  device.dispose();
});

test('a kernel that fails for want of memory gives back what it had taken', async () => {
  const device = await wasm({ threads: 1, maximumMemory: 16 * mebibyte });
  const rows = zeros([1.5 * mebibyte], { device });
  const before = device.memory().live;
  // The result fits, the copy in between does not.
  const { kernels } = device;
  const spec = { shape: [1, 2, 0.75 * mebibyte, 1], dtype: 'float32' } as const;
  const x = { ...spec, buffer: kernels.reshape(rows, spec) };
  const pool = (): unknown =>
    kernels.avgPool(
      x,
      [0.75 * mebibyte, 1].map((extent) => ({
        start: Int32Array.from({ length: extent }, (_, i) => i),
        end: Int32Array.from({ length: extent }, (_, i) => i + 1),
        step: 1,
        count: new Float32Array(extent).fill(1),
      })),
      spec,
    );
  expect(pool).toThrow(OutOfMemoryError);
  expect(pool).toThrow(OutOfMemoryError);
  device.backend.free(x.buffer);
  // The windows of the failed call stay known; no buffer of 6 MiB does.
  expect(device.memory().live - before).toBeLessThan(10 * mebibyte);
  device.dispose();
});

test('options out of range are refused', async () => {
  await expect(wasm({ maximumMemory: 1000 })).rejects.toThrow(/maximumMemory/);
  await expect(wasm({ maximumMemory: 2 ** 33 })).rejects.toThrow(/maximumMemory/);
});
