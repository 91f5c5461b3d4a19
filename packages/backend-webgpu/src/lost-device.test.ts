import { execFileSync } from 'node:child_process';

import { ArrayDataset, DataLoader } from '@convnet/data';
import { lenet5_relu } from '@convnet/lenet';
import { Adam } from '@convnet/optim';
import { manualSeed, type Device } from '@convnet/tensor-core';
import { Checkpoints, fit, memoryStore } from '@convnet/train';
import { describe, expect, test } from 'vitest';

import { DeviceLostError } from './errors.ts';
import { dawn, dawnEntry } from './testing/dawn.ts';
import { open } from './webgpu.ts';

const found = await dawn();
const gpu = 'gpu' in found ? found.gpu : null;

/** Two kinds of stripes. */
function stripes(): ArrayDataset {
  const count = 24;
  const data = Float32Array.from({ length: count * 784 }, (_, i) => {
    const [sample, p] = [Math.floor(i / 784), i % 784];
    return Math.sin(0.8 * (sample % 2 === 0 ? Math.floor(p / 28) : p % 28) + sample);
  });
  const labels = Int32Array.from({ length: count }, (_, i) => i % 2);
  return new ArrayDataset({ data, labels, inputShape: [1, 28, 28], classes: ['across', 'down'] });
}

describe.runIf(gpu !== null)('a device that is lost in the middle of a training', () => {
  const store = memoryStore();

  /** Trains six batches a pass, twice, with a checkpoint behind every second step. */
  async function train(
    device: Device,
    { resume, onStep }: { resume: boolean; onStep?: (step: number) => void },
  ): Promise<number[]> {
    manualSeed(7);
    const model = lenet5_relu({ dims: 2, numClasses: 2, device });
    const losses: number[] = [];
    await fit(model, {
      train: new DataLoader(stripes(), { batchSize: 4, shuffle: true, seed: 1, device }),
      optimizer: new Adam(model.parameters(), { learningRate: 1e-3 }),
      epochs: 2,
      checkEvery: 1,
      checkpoints: new Checkpoints(resume ? store : memoryStore(), { everySteps: 2, resume: true }),
      onStep: ({ totalSteps, loss }) => {
        losses[totalSteps] = loss;
        onStep?.(totalSteps);
      },
    });
    return losses;
  }

  test('the error carries the step, and a new device goes on from the last checkpoint', async () => {
    const whole = await open({ gpu: gpu! });
    const expected = await train(whole.device, { resume: false });
    whole.device.dispose();

    const lost = await open({ gpu: gpu! });
    const failure = await train(lost.device, {
      resume: true,
      // As a driver does that is reset.
      onStep: (step) => {
        if (step === 9) lost.recorder.gpu.destroy();
      },
    }).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(DeviceLostError);
    expect(failure).toMatchObject({ training: { step: 10, epoch: 2 } });
    expect(String(failure)).toContain('go on from the last checkpoint');
    expect(String(failure)).toContain('(in the training, behind step 10, epoch 2)');
    lost.device.dispose();

    const next = await open({ gpu: gpu! });
    const losses = await train(next.device, { resume: true });
    next.device.dispose();
    expect(Object.keys(losses).map(Number)).toEqual([9, 10, 11, 12]);
    expect(losses.slice(9)).toEqual(expected.slice(9));
  });
});

/** Computes, disposes of the device, and has nothing else to do. */
const program = `
const [entry, backend, core] = process.argv.slice(1);
const { create } = await import(entry);
const { webgpu } = await import(backend);
const { ones, relu } = await import(core);
const device = await webgpu({ gpu: create([]) });
await relu(ones([64], { device })).data();
device.dispose();
console.log('disposed');
`;

describe.runIf(gpu !== null)('a process that has disposed of its device', () => {
  test('ends by itself', () => {
    const files = [
      dawnEntry()!,
      new URL('webgpu.ts', import.meta.url).href,
      import.meta.resolve('@convnet/tensor-core'),
    ];
    const options = ['--input-type=module', '--eval', program, ...files];
    const written = execFileSync(process.execPath, options, { encoding: 'utf8', timeout: 200_000 });
    expect(written).toContain('disposed');
  });
});
