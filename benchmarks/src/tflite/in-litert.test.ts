import { inEvaluation, type Layer } from '@convnet/layers';
import { hashedValues, useHashedWeights } from '@convnet/model-testing';
import * as t from '@convnet/tensor-core';
import type { Tensor } from '@convnet/tensor-core';
import { expect, test } from 'vitest';

import { inferenceNetworks, pageNetworks } from '../inference/networks.ts';
import { largestDifference, pixels } from '../inference/pixels.ts';
import { Applied } from '../testing/applied.ts';
import { describeInLitert, type LitertTests } from '../testing/describe-in-litert.ts';
import { toChannelsLast } from './channels-last.ts';
import { exportTflite } from './export.ts';

/** Largest difference, over the largest number that is expected. */
const tolerance = 1e-4;

interface Case {
  readonly shape: readonly number[];
  /** `weight` is a tensor of hashed numbers on the device. */
  body(x: Tensor, weight: (...shape: number[]) => Tensor): Tensor;
}

const even = [1, 4, 10, 12];
const odd = [2, 4, 9, 11];

const at = (shape: readonly number[], body: Case['body']): Case => ({ shape, body });

const cases: Readonly<Record<string, Case>> = {
  'convolution, strided, padded on both sides': at(even, (x, w) =>
    t.conv(x, w(6, 4, 3, 3), w(6), { stride: 2, padding: 1 }),
  ),
  'convolution, strided, odd extents': at(odd, (x, w) =>
    t.conv(x, w(6, 4, 3, 3), w(6), { stride: 2, padding: 1 }),
  ),
  'convolution without a bias, padded to the same extents': at(even, (x, w) =>
    t.conv(x, w(6, 4, 3, 5), null, { padding: [1, 2] }),
  ),
  'convolution, dilated, one axis padded': at(odd, (x, w) =>
    t.conv(x, w(6, 4, 3, 2), w(6), { dilation: [2, 1], padding: [0, 1], stride: [1, 2] }),
  ),
  'convolution with less padding than the same extents need': at(even, (x, w) =>
    t.conv(x, w(6, 4, 5, 5), w(6), { padding: 1 }),
  ),
  'convolution that leaves the last row unread': at(even, (x, w) =>
    t.conv(x, w(6, 4, 3, 3), w(6), { stride: 3 }),
  ),
  'convolution of each channel': at(even, (x, w) =>
    t.conv(x, w(4, 1, 3, 3), w(4), { stride: 2, padding: 1, groups: 4 }),
  ),
  'convolution of each channel into two, dilated': at(odd, (x, w) =>
    t.conv(x, w(8, 1, 3, 3), w(8), { dilation: 2, padding: 2, groups: 4 }),
  ),
  'activations that convolutions take in': at(even, (x, w) =>
    t.relu6(t.conv(t.relu(t.conv(x, w(6, 4, 1, 1), w(6))), w(5, 6, 3, 3), w(5))),
  ),
  'activations of what is read elsewhere too, and of an input': at(even, (x, w) => {
    const y = t.conv(t.relu(x), w(4, 4, 1, 1), w(4));
    return t.relu(t.add(t.relu6(y), y));
  }),
  // Of windows at corners a single element counts.
  'max pooling of both signs, padded': at(even, (x) => t.maxPool(x, 2, { padding: 1 })),
  'max pooling behind an activation, padded': at(even, (x) =>
    t.maxPool(t.relu(x), 3, { stride: 2, padding: 1 }),
  ),
  'max pooling, odd extents': at(odd, (x) => t.maxPool(x, 3, { stride: 2, padding: 1 })),
  'max pooling rounded up': at(even, (x) => t.maxPool(x, [3, 5], { stride: 2, ceilMode: true })),
  'mean of all positions and a linear layer': at(odd, (x, w) =>
    t.relu(t.linear(t.flatten(t.adaptiveAvgPool(x, 1), 1), w(7, 4), w(7))),
  ),
  'linear layer without a bias': at([3, 4], (x, w) => t.linear(x, w(7, 4))),
  'joined channels, and joined rows': at(odd, (x, w) => {
    const y = t.conv(x, w(3, 4, 1, 1), w(3));
    const wide = t.concat([t.relu(y), y, t.maxPool(y, 3, { stride: 1, padding: 1 })], 1);
    return t.maxPool(t.concat([wide, wide], 2), 3, { stride: 2, padding: 1 });
  }),
};

/** Of what LiteRT.js answers for the written file, over the largest number that is expected. */
async function differenceOf(
  { device, run }: LitertTests,
  model: Layer,
  input: Float32Array,
  shape: readonly number[],
): Promise<number> {
  using _ = t.openScope();
  const y = inEvaluation(model, () =>
    t.noGrad(() => model.forward(t.tensor(input, shape, { device }))),
  );
  const logical = (await y.data()) as Float32Array;
  const expected = y.shape.length === 4 ? toChannelsLast(logical, y.shape) : logical;
  const output = await run(await exportTflite(model, shape), input, shape);
  expect(output).toHaveLength(expected.length);
  return largestDifference(expected, output);
}

const testCases = (tests: LitertTests): void => {
  test.each(Object.entries(cases))('%s', async (_name, { shape, body }) => {
    // The network is called more than once, with the same weights.
    const weights = new Map<string, Tensor>();
    const weight = (...extents: number[]): Tensor => {
      const name = extents.join();
      const known = weights.get(name);
      if (known !== undefined) return known;
      const count = extents.reduce((product, extent) => product * extent, 1);
      const { device } = tests;
      const made = t.keep(t.tensor(hashedValues(name, count, 2), extents, { device }));
      weights.set(name, made);
      return made;
    };
    const count = shape.reduce((product, extent) => product * extent, 1);
    const model = new Applied((x) => body(x, weight));
    const difference = await differenceOf(tests, model, hashedValues('x', count, 2), shape);
    for (const tensor of weights.values()) tensor.dispose();
    expect(difference).toBeLessThan(tolerance);
  });
};

await describeInLitert(
  'what is written, on one thread,',
  { accelerator: 'wasm', threads: 1 },
  testCases,
);
await describeInLitert(
  'what is written, on WebGPU,',
  { accelerator: 'webgpu', threads: 1 },
  testCases,
);

/** Those that pages run beside LiteRT.js. */
await describeInLitert(
  'networks, on two threads,',
  { accelerator: 'wasm', threads: 2 },
  (tests) => {
    test.each(pageNetworks)('%s', async (name) => {
      const { build, inputShape } = inferenceNetworks.find((network) => network.name === name)!;
      const model = build();
      useHashedWeights(model);
      await model.to(tests.device);
      const difference = await differenceOf(tests, model, pixels(inputShape), inputShape);
      model.dispose();
      expect(difference).toBeLessThan(tolerance);
    });
  },
);
