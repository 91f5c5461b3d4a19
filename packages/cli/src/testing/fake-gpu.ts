import type { GpuLike } from '@convnet/backend-webgpu';

import type { AdapterInfo } from '../device/adapter.ts';

const limits = {
  maxStorageBufferBindingSize: 2 ** 27,
  maxBufferSize: 2 ** 28,
  maxStorageBuffersPerShaderStage: 8,
  maxComputeWorkgroupsPerDimension: 65_535,
  maxComputeInvocationsPerWorkgroup: 256,
  maxComputeWorkgroupStorageSize: 16_384,
};

const nothing = (): object => ({});

/** WebGPU that takes all work, does none, and reads zeros. */
export function fakeGpu(info: AdapterInfo): GpuLike {
  const pass = {
    setPipeline: nothing,
    setBindGroup: nothing,
    dispatchWorkgroups: nothing,
    end: nothing,
  };
  const encoder = { beginComputePass: () => pass, copyBufferToBuffer: nothing, finish: nothing };
  const device = {
    limits,
    lost: new Promise(() => undefined),
    queue: { submit: nothing, writeBuffer: nothing },
    addEventListener: nothing,
    pushErrorScope: nothing,
    popErrorScope: () => Promise.resolve(null),
    createShaderModule: nothing,
    createBindGroupLayout: nothing,
    createPipelineLayout: nothing,
    createComputePipeline: nothing,
    createBindGroup: nothing,
    createCommandEncoder: () => encoder,
    createBuffer: ({ size }: { readonly size: number }) => ({
      size,
      mapAsync: () => Promise.resolve(),
      getMappedRange: (_: number, bytes: number) => new ArrayBuffer(bytes),
      unmap: nothing,
      destroy: nothing,
    }),
    destroy: nothing,
  };
  return {
    requestAdapter: () =>
      Promise.resolve({ limits, info, requestDevice: () => Promise.resolve(device) }),
  };
}
