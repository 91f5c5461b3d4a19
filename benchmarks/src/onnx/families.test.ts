import type { Layer } from '@convnet/layers';
import {
  build,
  buildersByRank,
  comparedRanks,
  familyOf,
  inputShapeOf,
  hashedValues,
  useHashedWeights,
  type Family,
} from '@convnet/model-testing';
import { exportOnnx } from '@convnet/onnx';
import { noGrad, scope, tensor, type Device } from '@convnet/tensor-core';
import { describe, expect, test } from 'vitest';

import { describeInOnnxruntime } from '../testing/describe-in-onnxruntime.ts';

const families: Readonly<Record<string, Family>> = {
  alexnet: familyOf('', await import('@convnet/alexnet')),
  capsnet: familyOf('', await import('@convnet/capsnet')),
  densenet: familyOf('', await import('@convnet/densenet')),
  efficientnet: familyOf('', await import('@convnet/efficientnet')),
  inception: familyOf('', await import('@convnet/inception')),
  lenet: familyOf('', await import('@convnet/lenet')),
  mnasnet: familyOf('', await import('@convnet/mnasnet')),
  mobilenet: familyOf('', await import('@convnet/mobilenet')),
  nin: familyOf('', await import('@convnet/nin')),
  resnet: familyOf('', await import('@convnet/resnet')),
  shufflenet: familyOf('', await import('@convnet/shufflenet')),
  squeezenet: familyOf('', await import('@convnet/squeezenet')),
  'time-series': familyOf('', await import('@convnet/time-series')),
  vgg: familyOf('', await import('@convnet/vgg')),
  video: familyOf('', await import('@convnet/video')),
  zfnet: familyOf('', await import('@convnet/zfnet')),
};

/** Larger builders differ from the smaller ones of their families in numbers only, and would take hours. */
const mostParameters = 30_000_000;

/** The builders with at most so many numbers, and at least the one with the fewest. */
function narrowest({ architectures }: Family): ReadonlySet<string> {
  const sizes = Object.entries(architectures).map(([name, { parameters }]) => ({
    name,
    parameters,
  }));
  const least = Math.min(...sizes.map(({ parameters }) => parameters));
  const most = Math.max(least, mostParameters);
  return new Set(sizes.filter(({ parameters }) => parameters <= most).map(({ name }) => name));
}

describeInOnnxruntime('exported networks', (tests) => {
  describe.each(Object.entries(families))('%s', (_, family) => {
    const names = narrowest(family);
    const cases = buildersByRank(family, comparedRanks(family)).filter(([name]) => names.has(name));
    test.each(cases)('%s in %iD', async (name, dims) => {
      const { device } = tests;
      const options = { dims, numClasses: 10 };
      const [batch, ...shape] = inputShapeOf(family, name, dims) as [number, ...number[]];
      const model = build(family, name, options) as Layer;
      useHashedWeights(model);
      await model.to(device);
      model.eval();
      const x = hashedValues('input', 2 * shape.reduce((product, extent) => product * extent));
      try {
        const expected = await outputOf(model, device, x, [2, ...shape]);
        const largest = Math.max(...expected.map(Math.abs));
        for (const more of [
          { opset: 13, dynamicBatch: true },
          { foldBatchNorm: true, dynamicBatch: true },
        ]) {
          const file = await exportOnnx(model, [batch, ...shape], more);
          const output = await tests.run(file, x, [2, ...shape]);
          expect(output.dims[0]).toBe(2);
          const found = Float32Array.from(output.data);
          const worst = Math.max(...found.map((value, i) => Math.abs(value - expected[i]!)));
          expect(worst / Math.max(largest, 1)).toBeLessThan(1e-4);
        }
      } finally {
        model.dispose();
      }
    });
  });
});

function outputOf(
  model: Layer,
  device: Device,
  data: Float32Array,
  shape: readonly number[],
): Promise<Float32Array> {
  const y = scope(() => noGrad(() => model.forward(tensor(data, shape, { device }))));
  return y.data().finally(() => y.dispose()) as Promise<Float32Array>;
}
