import type { DeviceError } from '@convnet/tensor-core';
import { expect, test } from 'vitest';

import { elementShader } from '../shader.ts';
import { Pipelines } from './pipelines.ts';

const shader = elementShader(
  'chain of add reluGrad',
  [{ name: 'y', type: 'f32', writes: true }],
  '  y[i] = 1.0;',
);

/** A device that makes pipelines as it is told. */
function deviceThat(make: () => Promise<GPUComputePipeline>): GPUDevice {
  const nothing = () => ({});
  const device = {
    limits: { maxStorageBufferBindingSize: 2 ** 27, maxStorageBuffersPerShaderStage: 8 },
    pushErrorScope: nothing,
    popErrorScope: () => Promise.resolve(null),
    createShaderModule: nothing,
    createBindGroupLayout: nothing,
    createPipelineLayout: nothing,
    createComputePipelineAsync: make,
  };
  return device as unknown as GPUDevice;
}

test('a pipeline that never comes is an error that names its kernel, also where nobody waits', async () => {
  const told: DeviceError[] = [];
  const pipelines = new Pipelines(
    deviceThat(() => new Promise(() => undefined)),
    (error) => told.push(error),
  );
  pipelines.longest = 20;
  await expect(pipelines.make([shader])).rejects.toMatchObject({
    name: 'PipelineTimeoutError',
    kernel: 'chain of add reluGrad',
    message: expect.stringContaining('chain of add reluGrad did not come within 0.02 s') as string,
  });
  expect(told).toMatchObject([{ name: 'PipelineTimeoutError' }]);
});

test('so is one that is refused; and one that comes is in time', async () => {
  const told: DeviceError[] = [];
  const refusing = new Pipelines(
    deviceThat(() => Promise.reject(new Error('no registers left'))),
    (error) => told.push(error),
  );
  const refused = { name: 'ShaderError', kernel: 'chain of add reluGrad' };
  await expect(refusing.make([shader])).rejects.toMatchObject(refused);
  expect(told).toMatchObject([refused]);

  const pipeline = {} as GPUComputePipeline;
  const making = new Pipelines(
    deviceThat(() => Promise.resolve(pipeline)),
    (error) => told.push(error),
  );
  await making.make([shader]);
  expect(making.get(shader)).toBe(pipeline);
  expect(told).toHaveLength(1);
});
