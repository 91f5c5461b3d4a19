import type { Layer } from '@convnet/layers';
import {
  build,
  buildersByRank,
  comparedRanks,
  inputShapeOf,
  hashedValues,
  useHashedWeights,
} from '@convnet/model-testing';
import { exportOnnx } from '@convnet/onnx';
import { describe, expect, test } from 'vitest';

import { describeInOnnxruntime } from '../testing/describe-in-onnxruntime.ts';
import { families, narrowest, outputOf } from './families.ts';

/** Larger builders differ from the smaller ones of their families in numbers only, and would take hours. */
const mostParameters = 30_000_000;

describeInOnnxruntime('exported networks', (tests) => {
  describe.each(Object.entries(families))('%s', (_, family) => {
    const names = narrowest(family, mostParameters);
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
