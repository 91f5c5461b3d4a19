import { add, DeviceError, ones, type Device } from '@convnet/tensor-core';
import { afterEach, expect, test, vi } from 'vitest';

import { webgpu, type GpuLike, type WebGpuDevice, type WebGpuOptions } from './webgpu.ts';

afterEach(() => {
  vi.useRealTimers();
});

const never = new Promise<never>(() => undefined);

type ErrorListener = (event: { readonly error: { readonly message: string } }) => void;

interface GpuEvents {
  readonly onDestroy?: () => void;
  readonly listen?: (listener: ErrorListener) => void;
}

const limits = {
  maxStorageBufferBindingSize: 2 ** 27,
  maxBufferSize: 2 ** 28,
  maxStorageBuffersPerShaderStage: 10,
  maxComputeWorkgroupsPerDimension: 65_535,
};

/** Takes all that is recorded, and answers reads as `mapAsync` does. @param onDestroy is told of each buffer that goes. */
function gpuThatReads(
  mapAsync: () => Promise<void>,
  { onDestroy, listen }: GpuEvents = {},
): GpuLike {
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
    addEventListener: (_: string, listener: ErrorListener) => listen?.(listener),
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
      destroy: () => onDestroy?.(),
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

test.each(['before', 'after'])(
  'what went wrong on the device %s a read came too late is told, once',
  async (moment) => {
    vi.useFakeTimers();
    let fail: ErrorListener = () => undefined;
    let answer = (): Promise<void> => never;
    let reject: (error: Error) => void = () => undefined;
    const gpu = gpuThatReads(() => answer(), {
      listen: (listener) => (fail = listener),
      // As WebGPU has it: a buffer that is destroyed answers what waits for it.
      onDestroy: () => reject(new Error('destroyed before it was mapped')),
    });
    const device = await webgpu({ gpu, timeout: 10 });
    const x = ones([3], { device });
    answer = () => new Promise((_, no) => (reject = no));
    let found: unknown = null;
    void x.data().catch((error: unknown) => (found = error));
    await vi.advanceTimersByTimeAsync(5000);
    if (moment === 'before') fail({ error: { message: 'something broke' } });
    await vi.advanceTimersByTimeAsync(60_000);
    if (moment === 'after') fail({ error: { message: 'something broke' } });
    answer = () => Promise.resolve();
    const next = await x.data().then(
      (values) => values.length,
      (error: unknown) => String(error),
    );
    const said = 'something broke';
    expect([String(found), String(next)].map((text) => text.includes(said))).toEqual(
      moment === 'before' ? [true, false] : [false, true],
    );
    expect(await x.data()).toHaveLength(3);
    device.dispose();
  },
);

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
