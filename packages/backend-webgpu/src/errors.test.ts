import { DeviceError, OutOfMemoryError } from '@convnet/tensor-core';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { BufferPool } from './commands/buffer-pool.ts';
import { Recorder } from './commands/recorder.ts';
import { MissingFeatureError } from './errors.ts';
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

describe('storage in float16', () => {
  /** An adapter that notes what is asked of it. */
  function asked(features?: ReadonlySet<string>): { gpu: GpuLike; wanted: unknown[] } {
    const wanted: unknown[] = [];
    const requestDevice = (device: GPUDeviceDescriptor) => {
      wanted.push(device.requiredFeatures);
      return Promise.resolve(gpuThatIsLost('', ''));
    };
    const info = { description: 'Example GPU', vendor: '', architecture: '' };
    const adapter = { limits, info, requestDevice, ...(features && { features }) };
    return { gpu: { requestAdapter: () => Promise.resolve(adapter) }, wanted };
  }

  test.each([[undefined], [new Set<string>()], [new Set(['subgroups'])]])(
    'an adapter without the feature is an error that names it, with features %o',
    async (features) => {
      const { gpu, wanted } = asked(features);
      const error = await webgpu({ gpu, storage: 'float16' }).catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(MissingFeatureError);
      expect(error).toMatchObject({ name: 'MissingFeatureError', feature: 'shader-f16' });
      expect(String(error)).toContain(
        "webgpu: storage: 'float16' needs the feature 'shader-f16', which the adapter Example GPU does not have: leave storage out",
      );
      expect(wanted).toEqual([]);
    },
  );

  test('the feature is asked for with the option alone', async () => {
    const { gpu, wanted } = asked(new Set(['shader-f16']));
    const device = await webgpu({ gpu, storage: 'float16' });
    expect(device.backend.description).toBe(
      'webgpu (Example GPU, weights of compiled networks in float16)',
    );
    expect(device.backend).toMatchObject({ reusedRounding: 2 ** -11 });
    for (const options of [{}, { storage: 'float32' }] as const) {
      const { backend } = await webgpu({ gpu, ...options });
      expect(backend.description).toBe('webgpu (Example GPU)');
      expect(backend.reusedRounding).toBeUndefined();
      expect(backend.kernels.willReuse).toBeUndefined();
    }
    expect(wanted).toEqual([['shader-f16'], [], []]);
  });

  test('another value is named', async () => {
    const storage = 'bfloat16' as 'float16';
    await expect(webgpu({ gpu: asked().gpu, storage })).rejects.toThrow(
      "webgpu: expected storage as one of 'float32', 'float16', got 'bfloat16'",
    );
  });
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
