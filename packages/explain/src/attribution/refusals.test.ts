import {
  BatchNorm,
  Conv,
  Dropout,
  AdaptiveAvgPool,
  Flatten,
  Linear,
  Module,
  ReLU,
  Sequential,
} from '@convnet/layers';
import {
  ArgumentError,
  flatten,
  Generator,
  IndexRangeError,
  mean,
  noGrad,
  randn,
  ShapeError,
  sum,
  tensor,
  type Tensor,
} from '@convnet/tensor-core';
import { reference } from '@convnet/tensor-core/reference';
import { expect, test } from 'vitest';

import { NonFiniteError } from '../errors.ts';
import { featureMaps, filters } from './feature-maps.ts';
import { gradCam } from './grad-cam.ts';
import { inputGradient, integratedGradients, saliency, smoothGrad } from './gradients.ts';

const device = reference();

class Small extends Module {
  conv1 = new Conv(1, 2, 4, 3, { padding: 1, device });
  norm1 = new BatchNorm(1, 4, { device });
  relu = new ReLU();
  conv2 = new Conv(1, 4, 6, 3, { padding: 1, device });
  // Looks at the mean of all positions, as squeeze and excitation does.
  gate = new Conv(1, 6, 6, 1, { device });
  dropout = new Dropout();
  fc = new Linear(6, 3, { device });

  override forward(x: Tensor): Tensor {
    const y = this.conv2.forward(this.relu.forward(this.norm1.forward(this.conv1.forward(x))));
    const pooled = this.gate.forward(mean(this.relu.forward(y), [2], { keepDim: true }));
    return this.fc.forward(this.dropout.forward(flatten(pooled, 1)));
  }
}

const model = new Small();
const x = randn([3, 2, 16], { device, generator: new Generator(1) });

test('the model is left as it was: modes, gradients, frozen parameters, statistics', async () => {
  model.train();
  model.fc.eval();
  model.freeze('conv1');
  sum(model.forward(x)).backward();
  const gradient = await model.conv2.weight.grad!.data();
  const statistics = await model.norm1.running_mean!.data();
  const before = device.liveBuffers;
  for (const explain of [gradCam, saliency, inputGradient]) (await explain(model, x)).dispose();
  (await integratedGradients(model, x, { steps: 3 })).dispose();
  (await smoothGrad(model, x, { samples: 2 })).dispose();
  await expect(gradCam(model, x, { target: () => x, layer: 'conv2' })).rejects.toThrow('backward');
  expect(device.liveBuffers).toBe(before);
  expect(model.conv1.training).toBe(true);
  expect(model.fc.training).toBe(false);
  expect(model.conv1.weight.requiresGrad).toBe(false);
  expect(model.conv2.weight.requiresGrad).toBe(true);
  expect(await model.conv2.weight.grad!.data()).toEqual(gradient);
  expect(await model.norm1.running_mean!.data()).toEqual(statistics);
  model.zeroGrad();
});

test('the last convolution that still has positions is looked at', async () => {
  using own = await gradCam(model, x, { upsample: false });
  using named = await gradCam(model, x, { upsample: false, layer: 'conv2' });
  expect(await own.data()).toEqual(await named.data());
  expect(featureMaps(model, x).shape).toEqual([3, 6, 16]);
  expect(filters(model).shape).toEqual([4, 2, 3]);
  expect(filters(model, 'conv2').shape).toEqual([6, 4, 3]);
});

test('within noGrad too', async () => {
  let started: Promise<Tensor> | undefined;
  noGrad(() => {
    started = saliency(model, x);
  });
  using map = (await started)!;
  expect(map.shape).toEqual([3, 16]);
});

test('targets: a class, one for each sample, a tensor, a function', async () => {
  const read = async (map: Tensor): Promise<unknown> => [...(await map.data())];
  const first = await read(await saliency(model, x, { target: 1 }));
  expect(await read(await saliency(model, x, { target: Int32Array.of(1, 1, 1) }))).toEqual(first);
  const labels = tensor([1, 1, 1], { device, dtype: 'int32' });
  expect(await read(await saliency(model, x, { target: labels }))).toEqual(first);
  const zero = await read(await inputGradient(model, x, { target: [0, 1, 2] }));
  expect(await read(await inputGradient(model, x, { target: [1, 1, 1] }))).not.toEqual(zero);
  const all = await inputGradient(model, x, { target: (output) => output });
  const each = await Promise.all([0, 1, 2].map((target) => inputGradient(model, x, { target })));
  const parts = await Promise.all(each.map((map) => map.data()));
  (await all.data()).forEach((value, i) => {
    expect(value).toBeCloseTo(
      parts.reduce((total, part) => total + part[i]!, 0),
      6,
    );
  });
});

test('integrated gradients add up to the difference of the outputs', async () => {
  const baseline = 0.25;
  const map = await integratedGradients(model, x, { target: 2, steps: 200, baseline });
  const added = await sum(map, [1, 2]).data();
  model.eval();
  const outputs = await model.forward(x).data();
  const start = tensor(new Float32Array(32).fill(baseline), [1, 2, 16], { device });
  const [, , from] = await model.forward(start).data();
  [0, 1, 2].forEach((i) => expect(added[i]! + from!).toBeCloseTo(outputs[i * 3 + 2]!, 2));
});

test('smoothGrad without noise is saliency', async () => {
  const smooth = await (await smoothGrad(model, x, { noise: 0, samples: 4 })).data();
  const plain = await (await saliency(model, x)).data();
  plain.forEach((value, i) => expect(smooth[i]).toBeCloseTo(value, 5));
  const noisy = { samples: 2, generator: new Generator(3) };
  const drawn = await (await smoothGrad(model, x, noisy)).data();
  const again = { samples: 2, generator: new Generator(3) };
  expect(await (await smoothGrad(model, x, again)).data()).toEqual(drawn);
});

test('a layer that is not there, with the nearest', async () => {
  await expect(gradCam(model, x, { layer: 'conv3' })).rejects.toThrow(
    "gradCam: Small has no layer 'conv3'; did you mean 'conv1'?",
  );
  expect(() => filters(model, 'Conv_2')).toThrow("did you mean 'conv2'?");
  expect(() => featureMaps(model, x, 'somewhere')).toThrow('its layers are conv1, norm1, relu');
  await expect(gradCam(model, x, { layer: '' })).rejects.toThrow(ArgumentError);
});

test('layers without a map', async () => {
  await expect(gradCam(model, x, { layer: 'fc' })).rejects.toThrow(
    "gradCam: layer 'fc' gives [3, 3], which has no map of an input [3, 2, 16]",
  );
  await expect(gradCam(model, x, { layer: 'relu' })).rejects.toThrow('runs more than once');
  expect(() => filters(model, 'fc')).toThrow('is a Linear with weights [3, 6]');
  expect(() => filters(model, 'relu')).toThrow('is a ReLU with no weights');
});

test('models without a convolution', async () => {
  const linear = new Sequential([
    new AdaptiveAvgPool(1, 1),
    new Flatten(),
    new Linear(2, 3, { device }),
  ]);
  await expect(gradCam(linear, x)).rejects.toThrow('Sequential runs no convolution');
  expect(() => filters(linear)).toThrow('filters: Sequential has no convolution');
  using map = await saliency(linear, x);
  expect(map.shape).toEqual([3, 16]);
});

test('targets that are none', async () => {
  await expect(gradCam(model, x, { target: 3 })).rejects.toThrow(IndexRangeError);
  await expect(gradCam(model, x, { target: 3 })).rejects.toThrow(
    'gradCam: target: index 3 is out of range: expected 0 to 2',
  );
  const labels = tensor([0, 7, 1], { device, dtype: 'int32' });
  await expect(saliency(model, x, { target: labels })).rejects.toThrow('saliency: target: index 7');
  await expect(saliency(model, x, { target: [0, 1] })).rejects.toThrow('each of 3 samples, got 2');
  await expect(saliency(model, x, { target: 0.5 })).rejects.toThrow('as an integer, got 0.5');
  await expect(saliency(model, x, { target: 'cat' as never })).rejects.toThrow("got 'cat'");
  await expect(gradCam(model, x, { class: 1 } as never)).rejects.toThrow("no option 'class'");
});

test('numbers that are none: in the input, or by the weights', async () => {
  const values = new Float32Array(96).fill(0.5);
  values[40] = NaN;
  const bad = tensor(values, [3, 2, 16], { device });
  const error = await gradCam(model, bad).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(NonFiniteError);
  expect(error).toMatchObject({ origin: 'input', sample: 1 });
  expect(String(error)).toContain('gradCam: sample 1 (from 0): the input holds NaN');

  const broken = new Small();
  await broken.loadStateDict(new Map([['fc.bias', tensor([0, Infinity, 0], { device })]]), {
    strict: false,
  });
  const before = device.liveBuffers;
  await expect(saliency(broken, x)).rejects.toMatchObject({ origin: 'output', sample: 0 });
  expect(device.liveBuffers).toBe(before);
});

test('inputs and options of other kinds', async () => {
  const flat = randn([3, 32], { device });
  await expect(saliency(model, flat)).rejects.toThrow(ShapeError);
  await expect(saliency(model, [1] as never)).rejects.toThrow('saliency: expected the input');
  await expect(saliency({} as never, x)).rejects.toThrow('expected model as a Module');
  await expect(smoothGrad(model, x, { samples: 0 })).rejects.toThrow(
    'samples as an integer from 1',
  );
  await expect(smoothGrad(model, x, { noise: NaN })).rejects.toThrow(
    'noise as a finite number ≥ 0',
  );
  await expect(integratedGradients(model, x, { baseline: flat })).rejects.toThrow(
    'expected a baseline [3, 2, 16], got [3, 32]',
  );
});
