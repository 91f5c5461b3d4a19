import { DataLoader, ArrayDataset } from '@convnet/data';
import { hashedValues, useHashedWeights } from '@convnet/model-testing';
import { BatchNorm2d, compile, Conv2d, Linear, ReLU, Sequential } from '@convnet/layers';
import { ExponentialMovingAverage, SGD } from '@convnet/optim';
import {
  add,
  assign,
  capture,
  checkpoint,
  ConvnetError,
  crossEntropy,
  mean,
  mul,
  noGrad,
  ones,
  relu,
  square,
  sum,
  zeros,
  type Tensor,
} from '@convnet/tensor-core';
import { fit } from '@convnet/train';

import { labels, leaf, network, values, weightsOf, type Job } from './support.ts';

/** Models that are moved, averaged, compiled, left and gone on with. */
export const modelJobs: Readonly<Record<string, Job>> = {
  'one module at two places': async (device, { same }) => {
    const linear = async (): Promise<Linear> => {
      const one = new Linear(4, 4);
      useHashedWeights(one);
      return one.to(device);
    };
    const shared = await linear();
    const model = new Sequential([shared, new ReLU(), shared]);
    const x = values([3, 4], device);
    sum(square(model.forward(x))).backward();
    const gradient = [...(await shared.weight.grad!.data())];
    shared.zeroGrad();
    const [a, b] = [await linear(), await linear()];
    sum(square(b.forward(relu(a.forward(x))))).backward();
    await same('gradient', gradient, add(a.weight.grad!, b.weight.grad!));
    const compiled = compile(model.eval(), [3, 4]);
    await same('compiled', compiled.forward(x), model.forward(x));
    compiled.dispose();
  },

  'to() between forward and backward': async (device, { same, refuses }, other) => {
    const there = await other();
    const model = (await network(device)).eval();
    const loss = crossEntropy(model.forward(values([4, 2, 8], device)), labels(4, 3, device));
    await model.to(there);
    await refuses('backward', () => loss.backward(), '');
    const x = values([4, 2, 8], there);
    const fresh = await network(there);
    await same('forward there', model.eval().forward(x), fresh.eval().forward(x));
  },

  'to() and back with a captured step': async (device, { refuses, same }, other) => {
    const there = await other();
    const model = await network(device);
    const step = capture((x: Tensor) => model.forward(x));
    model.eval();
    const x = values([4, 2, 8], device);
    const before = [...(await step(x).data())];
    step(x);
    await model.to(there);
    await refuses('the old device', () => step(x), '');
    await model.to(device);
    const again = capture((y: Tensor) => model.forward(y));
    await same('back', again(x), before);
    step.dispose();
    again.dispose();
  },

  'abort and go on': async (device, { same, refuses }) => {
    const run = async (isAborted: boolean): Promise<number[]> => {
      const model = await network(device);
      const optimizer = new SGD(model.parameters(), { learningRate: 0.05, momentum: 0.9 });
      const data = new ArrayDataset({
        data: hashedValues('set', 12 * 16),
        labels: Int32Array.from({ length: 12 }, (_, i) => i % 3),
        inputShape: [2, 8],
        classes: ['a', 'b', 'c'],
      });
      const loader = (): DataLoader => new DataLoader(data, { batchSize: 4, device });
      if (isAborted) {
        const controller = new AbortController();
        const running = fit(model, {
          train: loader(),
          optimizer,
          epochs: 3,
          signal: controller.signal,
          onEpoch: () => controller.abort(new ConvnetError('enough')),
        });
        await refuses('fit', () => running, 'enough');
        await fit(model, { train: loader(), optimizer, epochs: 1 });
      } else await fit(model, { train: loader(), optimizer, epochs: 2 });
      return weightsOf(model);
    };
    await same('weights', await run(true), await run(false));
  },

  'average and compiled model': async (device, { same }) => {
    const model = await network(device);
    const average = new ExponentialMovingAverage(model.stateDict(), { decay: 0.5 });
    const optimizer = new SGD(model.parameters(), { learningRate: 0.1 });
    const x = values([4, 2, 8], device);
    model.eval();
    const compiled = compile(model, [4, 2, 8]);
    for (let i = 0; i < 3; i++) {
      model.train();
      optimizer.zeroGrad();
      crossEntropy(model.forward(x), labels(4, 3, device)).backward();
      optimizer.step();
      average.update();
      model.eval();
      await same(`live ${i}`, compiled.forward(x), model.forward(x));
      await average.with(async () => {
        await same(`average ${i}`, compiled.forward(x), model.forward(x));
      });
      await same(`live again ${i}`, compiled.forward(x), model.forward(x));
    }
    compiled.dispose();
  },

  'empty batches': async (device, { same }) => {
    const model = (await network(device)).eval();
    const x = zeros([0, 2, 8], { device });
    x.requiresGrad = true;
    const y = model.forward(x);
    await same('logits', y, []);
    sum(y).backward();
    await same('input gradient', x.grad!, []);
    await same('weight gradient', sum(square(model.parameters()[0]!.grad!)), 0);
    const compiled = compile(model, [4, 2, 8]);
    await same('compiled', compiled.forward(zeros([0, 2, 8], { device })), []);
    compiled.dispose();
    await same(
      'image',
      new Conv2d(3, 4, 3, { device }).forward(zeros([0, 3, 8, 8], { device })),
      [],
    );
    await same(
      'norm',
      new BatchNorm2d(3, { device }).eval().forward(zeros([0, 3, 4, 4], { device })),
      [],
    );
    await same('mean of none', mean(zeros([0], { device })), Number.NaN);
    await same(
      'loss of none',
      crossEntropy(zeros([0, 3], { device }), labels(0, 3, device)),
      Number.NaN,
    );
  },

  'leaving a loader early': async (device, { same }) => {
    const data = new ArrayDataset({
      data: hashedValues('set', 12 * 16),
      labels: new Int32Array(12),
      inputShape: [2, 8],
      classes: ['a'],
    });
    const before = device.liveBuffers;
    for (let i = 0; i < 3; i++) {
      for await (const [x] of new DataLoader(data, { batchSize: 2, device })) {
        mul(x, 2);
        if (i < 3) break;
      }
    }
    await same('buffers', device.liveBuffers, before);
  },

  'a device that goes while values are read': async (_, { refuses, same }, other) => {
    const there = await other();
    const t = mul(ones([1000], { device: there }), 2);
    const read = t.data().then(
      (found) => found[999]!,
      (error: unknown) => (error instanceof ConvnetError ? 2 : Promise.reject(error as Error)),
    );
    there.dispose();
    await same('values or a refusal', await read, 2);
    await refuses('afterwards', () => mul(t, 2), 'disposed');
    await refuses('reading', () => t.data(), 'disposed');
    t.dispose();
  },

  'statistics of a checkpoint are counted once': async (device, { same }) => {
    const run = async (isSaving: boolean): Promise<number[]> => {
      const model = await network(device);
      const x = leaf(values([4, 2, 8], device));
      for (let i = 0; i < 3; i++) {
        sum(
          square(isSaving ? checkpoint((y) => model.forward(y), x) : model.forward(x)),
        ).backward();
      }
      return [...(await weightsOf(model)), ...(await x.grad!.data())];
    };
    await same('with and without', await run(true), await run(false));
  },

  'a compiled model in captured steps': async (device, { same }) => {
    const model = (await network(device)).eval();
    const compiled = compile(model, [4, 2, 8]);
    const step = capture((x: Tensor) => mul(compiled.forward(x), 2), { otherwise: 'eager' });
    for (let i = 0; i < 4; i++) {
      const x = values([4, 2, 8], device, `b${i}`);
      await same(`call ${i}`, step(x), mul(model.forward(x), 2));
    }
    noGrad(() => assign(model.parameters()[0]!, zeros(model.parameters()[0]!.shape, { device })));
    const x = values([4, 2, 8], device, 'last');
    await same('after a change', step(x), mul(model.forward(x), 2));
    step.dispose();
    compiled.dispose();
  },
};
