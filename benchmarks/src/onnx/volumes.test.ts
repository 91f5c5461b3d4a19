import type { Layer } from '@convnet/layers';
import { build, hashedValues, takes, useHashedWeights, type Family } from '@convnet/model-testing';
import { exportOnnx, importOnnx } from '@convnet/onnx';
import { expect, test } from 'vitest';

import { describeInOnnxruntime } from '../testing/describe-in-onnxruntime.ts';
import { families, narrowest, outputOf } from './families.ts';

const extent = 32;

/** A file holds at most 2 GB; the grids of VGG's head have more numbers in 3D. */
const mostParameters = 100_000_000;

function built(family: Family, name: string): Layer {
  return build(family, name, {
    dims: 3,
    inChannels: 1,
    numClasses: 10,
    ...(takes(family, name, 'inputSize') && { inputSize: extent }),
  }) as Layer;
}

/** The smallest of each family that takes volumes among others. */
const cases = Object.values(families)
  .filter(({ ranks }) => ranks.length > 1 && ranks.includes(3))
  .flatMap((family) => Array.from(narrowest(family, 0), (name) => ({ family, name })))
  .filter(({ family, name }) => {
    const sizes = built(family, name).parameters();
    return sizes.reduce((sum, { size }) => sum + size, 0) <= mostParameters;
  });

describeInOnnxruntime('networks of volumes', (tests) => {
  test.each(cases)('$name in 3D', async ({ family, name }) => {
    const { device } = tests;
    const model = built(family, name);
    useHashedWeights(model);
    await model.to(device);
    model.eval();
    const shape = [1, 1, extent, extent, extent];
    const x = hashedValues('input', extent ** 3);
    const expected = await outputOf(model, device, x, shape);
    const file = await exportOnnx(model, shape);
    model.dispose();
    const { data } = await tests.run(file, x, shape);
    const again = await importOnnx(file, { device });
    const imported = await outputOf(again, device, x, shape);
    again.dispose();
    const largest = Math.max(1, ...expected.map(Math.abs));
    const worst = (found: ArrayLike<number>): number =>
      Math.max(...expected.map((value, i) => Math.abs(value - found[i]!))) / largest;
    expect(worst(data)).toBeLessThan(1e-4);
    expect(worst(imported)).toBeLessThan(1e-6);
  });
});
