import { Adam } from '@convnet/optim';
import { lenet5_relu } from '@convnet/lenet';
import { capture, crossEntropy, randn, tensor, type Tensor } from '@convnet/tensor-core';
import { afterAll, describe, expect, test } from 'vitest';

import { dawn } from './testing/dawn.ts';
import { open } from './webgpu.ts';

const found = await dawn();

/** Steps, and after how many the memory has come to rest. The part `long` of `record-webgpu.ts` takes 2,000. */
const steps = 500;
const settled = 20;

describe.runIf('gpu' in found)('hundreds of steps of training', async () => {
  const opened = 'gpu' in found ? await open({ gpu: found.gpu }) : null;
  const { device, recorder } = opened ?? { device: null!, recorder: null! };
  afterAll(() => device?.dispose());

  test('captured, they take the buffers and bytes of the first few', async () => {
    const model = lenet5_relu({ dims: 1, inputSize: 28, numClasses: 2, device });
    const optimizer = new Adam(model.parameters());
    const x = randn([2, 1, 28], { device });
    const y = tensor([0, 1], { device, dtype: 'int32' });
    const step = capture((inputs: Tensor, labels: Tensor) => {
      const loss = crossEntropy(model.forward(inputs), labels);
      optimizer.zeroGrad();
      loss.backward();
      optimizer.step();
      return loss;
    });
    let buffers = 0;
    const { createBuffer } = recorder.gpu;
    recorder.gpu.createBuffer = (...given) => {
      buffers++;
      return createBuffer.apply(recorder.gpu, given);
    };
    let atRest: readonly number[] = [];
    const amounts = new Set<string>();
    for (let i = 1; i <= steps; i++) {
      const loss = step(x, y);
      if (i % 10 === 0) await loss.item();
      loss.dispose();
      if (i === 1) await step.ready;
      const { live, reserved } = device.backend.memory();
      if (i === settled) atRest = [live, reserved, buffers];
      if (i > settled && i % 10 === 0) amounts.add([live, reserved, buffers].join());
    }
    expect([...amounts]).toEqual([atRest.join()]);
    for (const amount of atRest) expect(amount).toBeGreaterThan(0);
    step.dispose();
    optimizer.dispose();
    model.dispose();
  });
});
