import { describeShapes, evalShape, familyOf } from '@convnet/model-testing';
import { reference } from '@convnet/tensor-core/reference';
import { expect, test } from 'vitest';

import * as alexnets from './index.ts';

const { alexnet, alexnet_2012, alexnet_bn, alexnet_half } = alexnets;

describeShapes(familyOf(import.meta.dirname, alexnets));

test('an input too small names the layer and the least size', () => {
  expect(() => evalShape(alexnet(), [1, 3, 62, 62])).toThrow(
    /^alexnet\.features\.12: maxPool: .* \(the network needs inputs of at least 63\)$/,
  );
  expect(() => alexnet_2012({ inputSize: 62 })).toThrow(
    /^alexnet_2012\.features\.14: maxPool: .* \(the network needs inputs of at least 63\)$/,
  );
});

test('the network of 2012 has two groups and response normalisation where the paper has them', () => {
  const printed = String(alexnet_2012().features);
  expect(printed.match(/groups=2/g)).toHaveLength(3);
  expect(printed.match(/LocalResponseNorm\(5, alpha=0\.0005, beta=0\.75, k=2\.0\)/g)).toHaveLength(
    2,
  );
});

test('the network of 2012 begins with the biases of the paper', async () => {
  const device = reference();
  const model = alexnet_2012({ dims: 1, inputSize: 64, hidden: 8, numClasses: 3, device });
  const biases = await Promise.all(
    Array.from(model.namedParameters(), async ([key, bias]) =>
      key.endsWith('bias') ? [(await bias.data())[0]!] : [],
    ),
  );
  expect(biases.flat()).toEqual([0, 1, 0, 1, 1, 1, 1, 0]);
});

test('the classifier follows from the input size, or from none', () => {
  expect(
    alexnet_half({ inputSize: [224, 160] })
      .stateDict()
      .get('classifier.1.weight')?.shape,
  ).toEqual([2048, 128 * 6 * 4]);
  for (const size of [
    [64, 64],
    [200, 70],
  ]) {
    expect(evalShape(alexnet_bn({ numClasses: 4 }), [2, 3, ...size])).toEqual([2, 4]);
  }
});
