import { add, DeviceError, ones, type Device } from '@convnet/tensor-core';
import { afterEach, expect, test, vi } from 'vitest';

import { webgpu, type GpuLike, type WebGpuDevice, type WebGpuOptions } from './webgpu.ts';

afterEach(() => {
  vi.useRealTimers();
});

const never = new Promise<never>(() => undefined);

const limits = {
  maxStorageBufferBindingSize: 2 ** 27,
  maxBufferSize: 2 ** 28,
  maxStorageBuffersPerShaderStage: 10,
  maxComputeWorkgroupsPerDimension: 65_535,
};

/** Takes all that is recorded, and answers reads as `mapAsync` does. */
function gpuThatReads(mapAsync: () => Promise<void>): GpuLike {
  const nothing = () => ({});
  const pass = {
    setPipeline: nothing,
    setBindGroup: nothing,
    dispatchWorkgroups: nothing,
    end: nothing,
  };
  const encoder = { beginComputePass: () => pass, copyBufferToBuffer: nothing, finish: nothing };
  const device = {
    limits,
    lost: never,
    queue: { submit: nothing, writeBuffer: nothing, onSubmittedWorkDone: () => mapAsync() },
    addEventListener: nothing,
    pushErrorScope: nothing,
    popErrorScope: () => Promise.resolve(null),
    createShaderModule: nothing,
    createBindGroupLayout: nothing,
    createPipelineLayout: nothing,
    createComputePipeline: nothing,
    createBindGroup: nothing,
    createCommandEncoder: () => encoder,
    createBuffer: ({ size }: { size: number }) => ({
      size,
      mapAsync,
      getMappedRange: (_: number, bytes: number) => new ArrayBuffer(bytes),
      unmap: nothing,
      destroy: nothing,
    }),
    destroy: nothing,
  };
  const info = { description: 'Example GPU', vendor: '', architecture: '' };
  return {
    requestAdapter: () =>
      Promise.resolve({ limits, info, requestDevice: () => Promise.resolve(device) }),
  };
}

const deviceThatReads = (
  mapAsync: () => Promise<void>,
  options: WebGpuOptions = {},
): Promise<WebGpuDevice> => webgpu({ gpu: gpuThatReads(mapAsync), ...options });

/** Makes submissions, each the work of a task of its own. */
async function work(device: Device, tasks: number): Promise<void> {
  for (let i = 0; i < tasks; i++) {
    add(ones([4], { device }), 1).dispose();
    await Promise.resolve();
  }
}

test('a read that never comes is an error, after the time of each submission that it waits for', async () => {
  vi.useFakeTimers();
  let answer = () => Promise.resolve();
  const device = await deviceThatReads(() => answer(), { timeout: 10 });
  const x = ones([3], { device });
  await work(device, 5);
  expect(await x.data()).toHaveLength(3);

  answer = () => never;
  await work(device, 2);
  let found: unknown = null;
  void x.data().catch((error: unknown) => (found = error));
  // Two, and the one of the copy.
  await vi.advanceTimersByTimeAsync(29_999);
  expect(found).toBeNull();
  await vi.advanceTimersByTimeAsync(1);
  expect(found).toBeInstanceOf(DeviceError);
  expect(found).toMatchObject({ name: 'WorkTimeoutError', submissions: 3 });
  expect(String(found)).toContain(
    'a read of 12 bytes behind 3 submissions did not come within 30 s: the device hangs, or it needs longer for its work',
  );
  // A later read starts anew, and so does a wait for the work.
  found = null;
  void device.synchronize().catch((error: unknown) => (found = error));
  await vi.advanceTimersByTimeAsync(30_000);
  expect(found).toMatchObject({ name: 'WorkTimeoutError', submissions: 3 });
  expect(String(found)).toContain('the end of the work behind 3 submissions did not come within');
  answer = () => Promise.resolve();
  expect(await x.data()).toHaveLength(3);
  device.dispose();
});

test('ten minutes are the default, and Infinity is none', async () => {
  vi.useFakeTimers();
  for (const [options, isLate] of [
    [{}, true],
    [{ timeout: Infinity }, false],
  ] as const) {
    const device = await deviceThatReads(() => never, options);
    const x = ones([3], { device });
    await Promise.resolve();
    let found: unknown = null;
    void x.data().catch((error: unknown) => (found = error));
    await vi.advanceTimersByTimeAsync(599_999);
    expect(found).toBeNull();
    await vi.advanceTimersByTimeAsync(10_000_000);
    expect(found !== null).toBe(isLate);
    device.dispose();
  }
});

test.each([
  ['adapter', { requestAdapter: () => never }],
  [
    'device',
    {
      requestAdapter: () =>
        Promise.resolve({ limits, info: { vendor: '' }, requestDevice: () => never }),
    },
  ],
])('a request that is never answered is an error: %s', async (request, gpu) => {
  vi.useFakeTimers();
  let found: unknown = null;
  void webgpu({ gpu }).catch((error: unknown) => (found = error));
  await vi.advanceTimersByTimeAsync(59_999);
  expect(found).toBeNull();
  await vi.advanceTimersByTimeAsync(1);
  expect(found).toMatchObject({ name: 'DeviceTimeoutError', request });
  expect(String(found)).toContain(`the ${request} that was asked for did not come within 60 s`);
});
