import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { wasm } from '@convnet/backend-wasm';
import { hashedValues, useHashedWeights } from '@convnet/model-testing/hashed';
import { resnet18, type ResNet } from '@convnet/resnet';
import { elementCount, tensor, type Device, type Tensor } from '@convnet/tensor-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { gradCam } from './grad-cam.ts';
import { inputGradient, integratedGradients, saliency } from './gradients.ts';

interface Case {
  readonly input: string;
  readonly inputShape: readonly number[];
  readonly predicted: readonly number[];
  /** By layer: maps, and their largest magnitude before the negative part was cut off. */
  readonly gradCam: Readonly<Record<string, { scale: number; map: readonly number[] }>>;
  readonly gradCamSigned: readonly number[];
  readonly inputGradient: readonly number[];
  readonly saliency: readonly number[];
  readonly integratedGradients: readonly number[];
}

interface Fixture {
  readonly numClasses: number;
  readonly targets: readonly number[];
  readonly steps: number;
  readonly cases: Readonly<Record<'1' | '2', Case>>;
}

const { numClasses, targets, steps, cases } = JSON.parse(
  readFileSync(join(import.meta.dirname, '../../fixtures/attributions.json'), 'utf8'),
) as Fixture;

describe.each([1, 2] as const)('as PyTorch computes it, in %iD', (dims) => {
  const expected = cases[dims];
  let device: Device;
  let model: ResNet;
  let x: Tensor;
  let before: number;
  beforeAll(async () => {
    device = await wasm({ threads: 1 });
    model = resnet18({ dims, numClasses });
    useHashedWeights(model);
    await model.to(device);
    const values = hashedValues(expected.input, elementCount(expected.inputShape));
    x = tensor(values, expected.inputShape, { device });
    before = device.liveBuffers;
  });
  afterAll(() => device.dispose());

  /** The largest difference, relative to the largest magnitude. */
  async function error(
    result: Promise<Tensor>,
    numbers: readonly number[],
    scale = Math.max(...numbers.map(Math.abs)),
  ): Promise<number> {
    using found = await result;
    const data = await found.data();
    expect(data.length).toBe(numbers.length);
    return Math.max(...numbers.map((number, i) => Math.abs(data[i]! - number))) / scale;
  }

  test.each(Object.entries(expected.gradCam))('Grad-CAM at %s', async (layer, { map, scale }) => {
    const found = gradCam(model, x, { layer, target: targets });
    expect(await error(found, map, scale)).toBeLessThan(1e-5);
    expect(device.liveBuffers, 'buffers left over').toBe(before);
  });

  test('Grad-CAM takes the last convolution with positions by itself', async () => {
    const { map, scale } = expected.gradCam['layer4.1.conv2']!;
    expect(await error(gradCam(model, x, { target: targets }), map, scale)).toBeLessThan(1e-5);
  });

  test('Grad-CAM with what speaks against a class', async () => {
    const options = { layer: 'layer4.1.conv2', target: targets, relu: false };
    expect(await error(gradCam(model, x, options), expected.gradCamSigned)).toBeLessThan(1e-5);
  });

  test('gradients by the input, saliency and integrated gradients', async () => {
    const target = targets;
    expect(await error(inputGradient(model, x, { target }), expected.inputGradient)).toBeLessThan(
      1e-5,
    );
    expect(await error(saliency(model, x, { target }), expected.saliency)).toBeLessThan(1e-5);
    const integrated = integratedGradients(model, x, { target, steps });
    expect(await error(integrated, expected.integratedGradients)).toBeLessThan(1e-5);
    expect(device.liveBuffers, 'buffers left over').toBe(before);
  });

  test('the class that is predicted is explained where none is named', async () => {
    using named = await gradCam(model, x, { layer: 'layer3', target: expected.predicted });
    using own = await gradCam(model, x, { layer: 'layer3' });
    expect(await own.data()).toEqual(await named.data());
  });
});
