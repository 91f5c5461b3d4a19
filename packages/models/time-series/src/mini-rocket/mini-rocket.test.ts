import { replaceHead } from '@convnet/layers';
import { ArgumentError, manualSeed, randn, ShapeError, tensor, zeros } from '@convnet/tensor-core';
import { reference } from '@convnet/tensor-core/reference';
import { describe, expect, test } from 'vitest';

import { MiniRocketFeatures } from './features.ts';
import { mini_rocket } from './mini-rocket.ts';

const device = reference();

/** Series [count, channels, 24]: slow waves of class 0 and quick ones of class 1, from anywhere. */
function waves(count: number, channels = 1): { x: Float32Array; labels: Int32Array } {
  const labels = Int32Array.from({ length: count }, (_, i) => i % 2);
  const x = Float32Array.from({ length: count * channels * 24 }, (_, i) => {
    const [sample, t] = [Math.floor(i / (24 * channels)), i % 24];
    return Math.sin((0.2 + 0.5 * labels[sample]!) * t + sample);
  });
  return { x, labels };
}

const small = { inputSize: 24, numFeatures: 168, device };

test('features are shares of the samples above a bias', async () => {
  const model = new MiniRocketFeatures(1, 9, 84);
  await model.to(device);
  // One sample of 1 among zeros: a kernel's weights are what its convolution gives, in reverse.
  const impulse = tensor([0, 0, 0, 0, 1, 0, 0, 0, 0], [1, 1, 9], { device });
  const features = await model.forward(impulse).data();
  // With zeros beyond the ends three of nine samples are above 0; else the one in the middle counts: 2 or -1.
  expect(features[0]).toBeCloseTo(3 / 9);
  expect(features[82]).toBeCloseTo(3 / 9);
  // Kernels 1 and 83 have no two in the middle; kernel 2 of three is at places 0, 1 and 4.
  expect(features[1]).toBe(0);
  expect(features[83]).toBe(0);
});

test.each([1, 3])('tells waves of %i channels apart, which it has not seen', async (channels) => {
  manualSeed(0);
  const before = device.liveBuffers;
  const { x, labels } = waves(24, channels);
  const model = mini_rocket({ ...small, inChannels: channels });
  const [seen, classes] = [
    tensor(x, [24, channels, 24], { device }),
    tensor(labels, [24], { device }),
  ];
  expect(await model.fit(seen, classes, { batchSize: 10 })).toBeGreaterThan(0);
  const others = waves(40, channels);
  const rest = tensor(others.x.slice(24 * channels * 24), [16, channels, 24], { device });
  const y = model.forward(rest);
  const logits = await y.data();
  const found = Array.from({ length: 16 }, (_, i) => Number(logits[2 * i + 1]! > logits[2 * i]!));
  expect(found).toEqual(Array.from(others.labels.slice(24)));
  for (const one of [seen, classes, rest, y]) one.dispose();
  model.dispose();
  expect(device.liveBuffers).toBe(before);
});

test('the same seed fits the same biases', async () => {
  const x = randn([5, 1, 24], { device });
  const biases = async (seed: number): Promise<unknown> => {
    const model = mini_rocket(small);
    manualSeed(seed);
    await model.backbone.fit(x);
    return [...(await model.backbone.biases.data())];
  };
  expect(await biases(3)).toEqual(await biases(3));
  expect(await biases(4)).not.toEqual(await biases(3));
});

test('each kernel sees one channel at least', async () => {
  manualSeed(1);
  const model = mini_rocket({ ...small, inChannels: 12 });
  const seen = (await model.backbone.channels!.data()) as Float32Array;
  const counts = Array.from({ length: seen.length / 12 }, (_, row) =>
    seen.slice(12 * row, 12 * row + 12).reduce((sum, one) => sum + one, 0),
  );
  expect(Math.min(...counts)).toBe(1);
  expect(Math.max(...counts)).toBe(9);
});

test('has a head for other classes', () => {
  const model = mini_rocket(small);
  expect(replaceHead(model, 5)).toEqual(['head']);
  expect(model.head.weight.shape).toEqual([5, 168]);
});

describe('bad input', () => {
  test('fewer features than kernels', () => {
    expect(() => mini_rocket({ numFeatures: 83 })).toThrow(
      'MiniRocketFeatures: expected numFeatures as at least 84, one for each kernel, got 83',
    );
  });

  test('no series, and labels of others', async () => {
    const model = mini_rocket(small);
    const x = zeros([2, 1, 24], { device });
    const labels = zeros([3], { device, dtype: 'int32' });
    await expect(model.fit(x, labels)).rejects.toThrow(ShapeError);
    await expect(model.fit(x, zeros([2], { device }))).rejects.toThrow(
      'MiniRocket.fit: expected labels as integers [2], one for each series',
    );
    await expect(model.backbone.fit(zeros([0, 1, 24], { device }))).rejects.toThrow(ShapeError);
    await expect(model.fit(3 as never, labels)).rejects.toThrow(ArgumentError);
    const unknown = { batchsize: 3 } as never;
    await expect(model.fit(x, labels, unknown)).rejects.toThrow("did you mean 'batchSize'?");
  });
});
