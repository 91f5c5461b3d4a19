import { OutOfMemoryError } from '@convnet/tensor-core';
import { expect, test } from 'vitest';
import { BufferPool } from './buffer-pool.ts';

/** What the pool uses of a device, whose buffers are only sizes. */
function gpuOf(limit: number, error: { message: string } | null = null): GPUDevice {
  const gpu = {
    limits: { maxStorageBufferBindingSize: limit, maxBufferSize: 2 * limit },
    createBuffer: ({ size }: { size: number }) => ({ size }),
    pushErrorScope: () => undefined,
    popErrorScope: () => Promise.resolve(error),
  };
  return gpu as unknown as GPUDevice;
}

const limit = 2 ** 32 - 4;

test('a buffer may be as large as the device allows, and no larger', () => {
  const pool = new BufferPool(gpuOf(limit), () => undefined);
  for (const bytes of [1, 2 ** 20 + 1, 2 ** 31 + 4, limit - 8, limit]) {
    expect(pool.take(bytes).size).toBeGreaterThanOrEqual(bytes);
  }
  for (const bytes of [limit + 4, 2 ** 32, 2 ** 40]) {
    expect(() => pool.take(bytes)).toThrow(OutOfMemoryError);
  }
});

test('a buffer that the device finds no room for is told with its size', async () => {
  const failures: OutOfMemoryError[] = [];
  const pool = new BufferPool(gpuOf(limit, { message: 'no room' }), (error) => {
    failures.push(error);
  });
  const kept = pool.take(2 ** 20);
  pool.take(2 ** 31);
  await new Promise((resolve) => {
    setTimeout(resolve, 0);
  });
  expect(failures.map(({ requested, live }) => [requested, live])).toEqual([
    [2 ** 20, 0],
    [2 ** 31, kept.size],
  ]);
});
