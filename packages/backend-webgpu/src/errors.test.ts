import { DeviceError, OutOfMemoryError } from '@convnet/tensor-core';
import { afterEach, expect, test, vi } from 'vitest';
import { BufferPool } from './commands/buffer-pool.ts';
import { Recorder } from './commands/recorder.ts';
import { tilesOf } from './kernels/tiled/tile.ts';
import { webgpu, type GpuLike } from './webgpu.ts';

afterEach(() => {
  vi.unstubAllGlobals();
});

const limits = {
  maxStorageBufferBindingSize: 2 ** 27,
  maxBufferSize: 2 ** 28,
  maxStorageBuffersPerShaderStage: 10,
};

/** An adapter that refuses. */
const refusing: GpuLike = {
  requestAdapter: () =>
    Promise.resolve({
      limits,
      info: { description: 'Example GPU', vendor: '', architecture: '' },
      requestDevice: () => Promise.reject(new Error('limits are too high')),
    }),
};

test.each<[string, string, GpuLike | undefined, string | undefined]>([
  ['WebGpuUnavailableError', 'has no navigator.gpu', undefined, undefined],
  [
    'NoAdapterError',
    "no adapter for powerPreference 'low-power'",
    { requestAdapter: () => Promise.resolve(null) },
    'low-power',
  ],
  [
    'NoAdapterError',
    'webgpu: no adapter: the GPU',
    { requestAdapter: () => Promise.reject(new Error('blocked')) },
    undefined,
  ],
  [
    'DeviceRequestError',
    'the adapter Example GPU gave no device with maxStorageBufferBindingSize 134217728, ' +
      'maxBufferSize 268435456, maxStorageBuffersPerShaderStage 10: Error: limits are too high',
    refusing,
    undefined,
  ],
])('%s: %s', async (name, message, gpu, powerPreference) => {
  vi.stubGlobal('navigator', {});
  const error = await webgpu({
    ...(gpu && { gpu }),
    ...(powerPreference === 'low-power' && { powerPreference }),
  }).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(DeviceError);
  expect(error).toMatchObject({ name });
  expect(String(error)).toContain(message);
});

test('a page that is not a secure context', async () => {
  vi.stubGlobal('navigator', {});
  vi.stubGlobal('isSecureContext', false);
  await expect(webgpu()).rejects.toThrow('serve it with https, or from localhost');
});

/** What a recorder uses of a device before it computes. */
function gpuThatIsLost(reason: string, message: string): GPUDevice {
  const lost = Promise.resolve({ reason, message });
  return { limits, lost, addEventListener: () => undefined } as unknown as GPUDevice;
}

test('a device that is lost', async () => {
  const recorder = new Recorder(
    gpuThatIsLost('unknown', 'the driver was reset'),
    'example',
    tilesOf(''),
  );
  await Promise.resolve();
  const lost = { name: 'DeviceLostError', reason: 'unknown' };
  for (let i = 0; i < 2; i++) {
    expect(() => recorder.check()).toThrow(expect.objectContaining(lost));
    expect(() => recorder.check()).toThrow('webgpu: device lost: the driver was reset');
  }
});

test('a tensor beyond the limit of one buffer is not called a want of memory', () => {
  const pool = new BufferPool(gpuThatIsLost('', ''), () => undefined);
  const take = () => pool.take(2 ** 28 + 4);
  expect(take).toThrow(OutOfMemoryError);
  expect(take).toThrow(expect.objectContaining({ name: 'BufferLimitError', limit: 2 ** 28 }));
  expect(take).toThrow(
    'does not fit a buffer, of which this device allows 256.0 MiB (maxBufferSize)',
  );
});
