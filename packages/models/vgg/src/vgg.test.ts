import { describeShapes, familyOf } from '@convnet/model-testing';
import { reference } from '@convnet/tensor-core/reference';
import { expect, test } from 'vitest';

import * as vgg from './index.ts';

const { vgg11, vgg16 } = vgg;

describeShapes(familyOf(import.meta.dirname, vgg));

test('width and hidden make a narrow network', () => {
  const shapes = vgg16({ dims: 1, width: 8, hidden: 32, numClasses: 5 }).stateDict();
  expect(shapes.get('features.28.weight')?.shape).toEqual([64, 64, 3]);
  expect(shapes.get('classifier.0.weight')?.shape).toEqual([32, 64 * 7]);
  expect(shapes.get('classifier.6.weight')?.shape).toEqual([5, 32]);
});

test('first values are torchvision’s, or with initWeights: false those of the layers', async () => {
  const device = reference();
  const options = { dims: 1, width: 8, hidden: 64, device } as const;
  const deviation = async (initWeights: boolean): Promise<number> => {
    const weight = vgg11({ ...options, initWeights })
      .stateDict()
      .get('classifier.3.weight')!;
    const values = Array.from<number>(await weight.data());
    return Math.sqrt(values.reduce((sum, value) => sum + value * value, 0) / values.length);
  };
  expect(await deviation(true)).toBeCloseTo(0.01, 3);
  expect(await deviation(false)).toBeCloseTo(1 / Math.sqrt(3 * 64), 2);
});
