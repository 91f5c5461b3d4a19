import { wasm } from '@convnet/backend-wasm';
import type { Layer } from '@convnet/layers';
import {
  build,
  buildersByRank,
  comparedRanks,
  hashedValues,
  inputShapeOf,
  useHashedWeights,
} from '@convnet/model-testing';
import { exportOnnx, importOnnx } from '@convnet/onnx';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Device } from '@convnet/tensor-core';

import { families, narrowest, outputOf } from './families.ts';

describe('networks that were exported and imported again', () => {
  let device: Device;
  beforeAll(async () => {
    device = await wasm({ threads: 1 });
  });
  afterAll(() => device.dispose());

  const cases = Object.values(families).flatMap((family) => {
    const smallest = narrowest(family, 0);
    return buildersByRank(family, comparedRanks(family))
      .filter(([name]) => smallest.has(name))
      .map(([name, dims]) => ({ family, name, dims }));
  });

  test.each(cases)('$name in $dims D', async ({ family, name, dims }) => {
    const model = build(family, name, { dims, numClasses: 10 }) as Layer;
    useHashedWeights(model);
    await model.to(device);
    model.eval();
    const [, ...shape] = inputShapeOf(family, name, dims) as [number, ...number[]];
    const x = hashedValues('input', 2 * shape.reduce((product, extent) => product * extent));
    const file = await exportOnnx(model, [1, ...shape], { dynamicBatch: true });
    const again = await importOnnx(file, { device });
    const expected = await outputOf(model, device, x, [2, ...shape]);
    const found = await outputOf(again, device, x, [2, ...shape]);
    const largest = Math.max(1, ...expected.map(Math.abs));
    const worst = Math.max(...found.map((value, i) => Math.abs(value - expected[i]!)));
    expect(worst / largest).toBeLessThan(1e-6);
    // Every weight that the network reads is there under its own name, and is learned where it was.
    const learned = (of: Layer): string[] => Array.from(of.namedParameters(), ([key]) => key);
    const own = new Set(learned(model));
    expect(learned(again).filter((key) => !own.has(key))).toEqual([]);
    model.dispose();
    again.dispose();
  });
});
