import { lenet5_relu } from '@convnet/lenet';
import { Adam } from '@convnet/optim';
import {
  add,
  capture,
  crossEntropy,
  Generator,
  manualSeed,
  mul,
  rand,
  randn,
  reshape,
  scope,
  sum,
  tensor,
  type Tensor,
} from '@convnet/tensor-core';
import { describe, expect, test } from 'vitest';

import { dawn } from '../testing/dawn.ts';
import { open } from '../webgpu.ts';

const found = await dawn();

describe.runIf('gpu' in found)('steps that are recorded once', async () => {
  const opened = 'gpu' in found ? await open({ gpu: found.gpu }) : null;
  const { device, recorder } = opened ?? { device: null!, recorder: null! };
  if (opened !== null) recorder.marksUnwritten = true;

  /** Losses of a training, with and without capture. */
  async function losses(isCaptured: boolean, steps: number): Promise<number[]> {
    manualSeed(5);
    const model = lenet5_relu({ dims: 2, numClasses: 3, device });
    const optimizer = new Adam(model.parameters(), { learningRate: 3e-3 });
    const body = (x: Tensor, labels: Tensor): Tensor => {
      optimizer.zeroGrad();
      const loss = crossEntropy(model.forward(x), labels);
      loss.backward();
      optimizer.step();
      return loss;
    };
    const captured = capture(body);
    const step = isCaptured ? captured : body;
    const generator = new Generator(1);
    const seen: number[] = [];
    for (let i = 0; i < steps; i++) {
      const loss = scope(() => {
        const x = randn([4, 1, 28, 28], { device, generator });
        return step(x, tensor([0, 1, 2, i % 3], [4], { device, dtype: 'int32' })).detach();
      });
      seen.push(await loss.item());
      loss.dispose();
      await captured.ready;
    }
    captured.dispose();
    return seen;
  }

  test('a captured training gives the bits of the eager one', async () => {
    expect(await losses(true, 6)).toEqual(await losses(false, 6));
  });

  test('runs make no bind groups and take no memory, with one submission each', async () => {
    // A device of its own: what other tests have dropped is collected at any time, and counts on theirs.
    const { device, recorder } = await open({ gpu: 'gpu' in found ? found.gpu : null! });
    manualSeed(6);
    const model = lenet5_relu({ dims: 2, numClasses: 3, device });
    const optimizer = new Adam(model.parameters());
    const step = capture((x: Tensor, labels: Tensor) => {
      optimizer.zeroGrad();
      const loss = crossEntropy(model.forward(x), labels);
      loss.backward();
      optimizer.step();
      return loss;
    });
    const x = randn([2, 1, 28, 28], { device });
    const labels = tensor([0, 1], [2], { device, dtype: 'int32' });
    const { gpu } = recorder;
    const create = gpu.createBindGroup.bind(gpu);
    let groups = 0;
    gpu.createBindGroup = (descriptor) => {
      groups++;
      return create(descriptor);
    };
    const used: string[] = [];
    const submissions: number[] = [];
    for (let i = 0; i < 12; i++) {
      const before = device.submissions;
      groups = 0;
      const loss = step(x, labels);
      await step.ready;
      await Promise.resolve();
      submissions.push(device.submissions - before);
      await loss.item();
      loss.dispose();
      used.push(JSON.stringify({ groups, buffers: device.liveBuffers, ...device.memory() }));
    }
    gpu.createBindGroup = create;
    // The first is the one that is recorded.
    expect(new Set(submissions.slice(1))).toEqual(new Set([1]));
    expect(new Set(used.slice(8)).size).toBe(1);
    expect(JSON.parse(used[11]!)).toMatchObject({ groups: 0 });
    step.dispose();
    device.dispose();
  });

  test('numbers that change are those of the run, also of two runs in one submission', async () => {
    const run = async (isCaptured: boolean): Promise<number[]> => {
      manualSeed(9);
      const body = (x: Tensor): Tensor => {
        const noise = add(rand([3], { device }), randn([3], { device }));
        return sum(mul(add(x, noise), noise));
      };
      const captured = capture(body);
      const step = isCaptured ? captured : body;
      const x = tensor([1, 2, 3], { device });
      const results = [step(x)];
      await captured.ready;
      for (let i = 0; i < 4; i++) results.push(step(x));
      const seen: number[] = [];
      for (const result of results) seen.push(await result.item());
      return seen;
    };
    const captured = await run(true);
    expect(captured).toEqual(await run(false));
    expect(new Set(captured).size).toBe(5);
  });

  test('what is handed in may come out under another shape, and outlives the step', async () => {
    const step = capture((x: Tensor) => [reshape(x, [2, 2]), add(x, 1)]);
    const x = tensor([1, 2, 3, 4], { device });
    for (let i = 0; i < 3; i++) {
      const [same, more] = step(x) as [Tensor, Tensor];
      await step.ready;
      if (i === 2) {
        step.dispose();
        x.dispose();
      }
      expect([...(await same.data())]).toEqual([1, 2, 3, 4]);
      expect([...(await more.data())]).toEqual([2, 3, 4, 5]);
      same.dispose();
      more.dispose();
    }
  });
});
