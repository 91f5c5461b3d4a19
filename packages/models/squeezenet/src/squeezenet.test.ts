import { describeShapes, evalShape, familyOf } from '@convnet/model-testing';
import { reference } from '@convnet/tensor-core/reference';
import { expect, test } from 'vitest';

import * as squeezenet from './index.ts';

const { squeezenet1_0, squeezenet1_1 } = squeezenet;

describeShapes(familyOf(import.meta.dirname, squeezenet));

test('an input too small names the layer and the least size', () => {
  expect(() => evalShape(squeezenet1_0(), [1, 3, 16, 16])).toThrow(
    /^squeezenet1_0\.features\.11: maxPool: .* \(the network needs inputs of at least 21\)$/,
  );
});

test('the last convolution begins near zero, the others at the scale of Kaiming', async () => {
  const device = reference();
  const model = squeezenet1_1({ dims: 1, numClasses: 100, device });
  const deviation = async (key: string): Promise<number> => {
    const values = Array.from<number>(await model.stateDict().get(key)!.data());
    return Math.sqrt(values.reduce((sum, value) => sum + value * value, 0) / values.length);
  };
  expect(await deviation('classifier.1.weight')).toBeCloseTo(0.01, 3);
  expect(await deviation('features.12.expand3x3.weight')).toBeCloseTo(Math.sqrt(2 / (64 * 3)), 2);
});
