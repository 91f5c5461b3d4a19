import { largeCases } from '@convnet/conformance';
import { describeConformance } from '@convnet/conformance/vitest';
import { ArrayDataset, DataLoader } from '@convnet/data';
import { lenet5, lenet5_relu } from '@convnet/lenet';
import { Adam } from '@convnet/optim';
import {
  crossEntropy,
  DeviceError,
  DisposedError,
  manualSeed,
  noGrad,
  ones,
  OutOfMemoryError,
  randn,
  scope,
  sum,
  tensor,
  zeros,
} from '@convnet/tensor-core';
import { describe, expect, test } from 'vitest';

import { webgpu } from './index.ts';
import { dawn } from './testing/dawn.ts';
import { open } from './webgpu.ts';

test('without WebGPU the error says where to get it', async () => {
  if ('gpu' in globalThis.navigator) return;
  await expect(webgpu()).rejects.toThrow(DeviceError);
  await expect(webgpu()).rejects.toThrow("pass `gpu: create([])` of the npm package 'webgpu'");
});

const found = await dawn();
if ('missing' in found) {
  // One line, by name: these tests need what this machine does not have.
  process.stderr.write(`not run: WebGPU in Node (${found.missing})\n`);
}

describe.runIf('gpu' in found)('WebGPU in Node', async () => {
  const opened = 'gpu' in found ? await open({ gpu: found.gpu }) : null;
  const device = opened?.device ?? null!;
  if (opened !== null) opened.recorder.marksUnwritten = true;

  // A shader cannot tell positions that are out of range.
  // The software adapter compiles kernels for most sizes of a sweep, a second or two for each: a third of the usual ones. On a GPU
  // `record-webgpu.ts suite` takes many more.
  if (opened !== null) describeConformance(device, { tellsPositions: false, sweepStep: 2399 });

  // Few: the software adapter is slow, and the pool keeps what was given back.
  test.each(largeCases(70 * 2 ** 20).map(({ name, run }) => [name, run] as const))(
    '%s',
    async (_, run) => {
      expect((await run(device)).failures).toEqual([]);
    },
  );

  test('more results than there are workgroups along a dimension', async () => {
    const y = scope(() => sum(ones([70_001, 3], { device }), 1));
    const sums = await y.data();
    y.dispose();
    expect(sums.length).toBe(70_001);
    expect(sums.every((value) => value === 3)).toBe(true);
  });

  test('LeNet learns, with one submission a step and constant memory', async () => {
    // A device of its own: what other tests have dropped is collected at any time, and counts on theirs.
    const { device } = await open({ gpu: 'gpu' in found ? found.gpu : null! });
    manualSeed(5);
    const model = lenet5_relu({ dims: 2, numClasses: 2, device });
    const optimizer = new Adam(model.parameters(), { learningRate: 3e-3 });
    const train = new DataLoader(stripes(80), { batchSize: 4, shuffle: true, seed: 1, device });
    const losses: number[] = [];
    const used: string[] = [];
    for await (const [inputs, labels] of train) {
      const before = device.submissions;
      const loss = crossEntropy(model.forward(inputs), labels);
      optimizer.zeroGrad();
      loss.backward();
      optimizer.step();
      expect(device.submissions).toBe(before);
      await Promise.resolve();
      expect(device.submissions).toBe(before + 1);
      losses.push(await loss.item());
      used.push(JSON.stringify({ buffers: device.liveBuffers, ...device.memory() }));
    }
    expect(losses[0]).toBeGreaterThan(0.5);
    expect(losses.at(-1)).toBeLessThan(0.2);
    expect(new Set(used.slice(3)).size).toBe(1);
    device.dispose();
  });

  test('gives the numbers of the same seed', async () => {
    const on = [...(await randn([5], { device }).data())];
    expect(on.every(Number.isFinite)).toBe(true);
    const logits = noGrad(() => lenet5({ device }).forward(zeros([2, 1, 28, 28], { device })));
    expect(logits.shape).toEqual([2, 10]);
  });

  test('a label out of range gives NaN, since nothing waits to tell', async () => {
    const logits = zeros([2, 3], { device });
    const labels = tensor([1, 7], [2], { device, dtype: 'int32' });
    expect(await crossEntropy(logits, labels).item()).toBeNaN();
  });

  test('a disposed device gives its memory back and says so, to what waits for it too', async () => {
    const gone = await webgpu({ gpu: (found as { readonly gpu: GPU }).gpu });
    const x = randn([1000], { device: gone });
    const { memory } = gone.backend;
    const reading = x.data();
    expect(memory().reserved).toBeGreaterThan(4000);
    gone.dispose();
    gone.dispose();
    await expect(reading).rejects.toThrow(DisposedError);
    expect(memory()).toEqual({ live: 0, reserved: 0 });
    await expect(x.data()).rejects.toThrow(DisposedError);
    expect(() => zeros([1], { device: gone })).toThrow(DisposedError);
    x.dispose();
  });

  test('weights may be loaded from the model itself', async () => {
    const model = lenet5({ device });
    const views = new Map(Array.from(model.stateDict(), ([key, t]) => [key, t.detach()]));
    await model.loadStateDict(views);
    await model.loadStateDict(model.stateDict());
    const x = randn([1, 1, 28, 28], { device });
    expect((await noGrad(() => model.forward(x)).data()).every(Number.isFinite)).toBe(true);
  });

  test('a tensor larger than the device allows says how large', () => {
    expect(() => zeros([2 ** 20, 2 ** 12], { device })).toThrow(OutOfMemoryError);
  });
});

/** Horizontal and vertical stripes. */
function stripes(count: number): ArrayDataset {
  const data = new Float32Array(count * 784);
  const labels = new Int32Array(count);
  for (let i = 0; i < count; i++) {
    labels[i] = i % 2;
    for (let p = 0; p < 784; p++) {
      const along = i % 2 === 0 ? Math.floor(p / 28) : p % 28;
      data[i * 784 + p] = Math.sin(0.8 * along + i);
    }
  }
  return new ArrayDataset({ data, labels, inputShape: [1, 28, 28], classes: ['across', 'down'] });
}
