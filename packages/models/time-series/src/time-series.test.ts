import { headPaths, replaceHead, summary } from '@convnet/layers';
import { describeShapes, evalShape, familyOf } from '@convnet/model-testing';
import { ArgumentError, noGrad, randn, scope, softmax, zeros } from '@convnet/tensor-core';
import { reference } from '@convnet/tensor-core/reference';
import { describe, expect, test } from 'vitest';

import * as timeSeries from './index.ts';

const { Ensemble, fcn_wang, inception_time, resnet_wang } = timeSeries;
const device = reference();

describeShapes(familyOf(import.meta.dirname, timeSeries));

describe('numbers of parameters of the papers', () => {
  // Table 1 of "LITE: Light Inception with boosTing tEchniques" counts them without the classifier, and with the biases
  // that Keras gives convolutions in front of batch norm.
  const withoutClassifier = (model: ReturnType<typeof fcn_wang>, width: number): number =>
    summary(model, [1, 1, 150]).parameters - (2 * width + 2);

  test('FCN: 264,704', () => {
    expect(withoutClassifier(fcn_wang(), 128) + 128 + 256 + 128).toBe(264_704);
  });

  test('ResNet: 504,000', () => {
    const biases = 4 * 64 + 4 * 128 + 3 * 128;
    expect(withoutClassifier(resnet_wang() as never, 128) + biases).toBe(504_000);
  });

  test('an Inception network: 420,192', () => {
    expect(withoutClassifier(inception_time() as never, 128)).toBe(420_192);
  });
});

describe('options', () => {
  test('width scales every block', () => {
    expect(fcn_wang({ width: 8 }).fc.inFeatures).toBe(8);
    expect(resnet_wang({ width: 8 }).fc.inFeatures).toBe(16);
    expect(inception_time({ width: 8 }).fc.inFeatures).toBe(32);
  });

  test('a shortcut stands after every third Inception module', () => {
    const shortcuts = (depth: number): number =>
      inception_time({ depth }).inceptionblock.shortcut.length;
    expect([2, 3, 5, 6, 9].map(shortcuts)).toEqual([0, 1, 1, 2, 3]);
  });

  test.each([[[8, 5]], [[8, 5, 3, 1]], [[8, 0, 3]], [[8, 2.5, 3]]])(
    'kernelSizes of %j are refused',
    (kernelSizes) => {
      for (const builder of [fcn_wang, resnet_wang, inception_time]) {
        expect(() => builder({ kernelSizes })).toThrow(ArgumentError);
        expect(() => builder({ kernelSizes })).toThrow(
          `${builder.name}: expected kernelSizes as 3 integers ≥ 1, got [${kernelSizes.join(', ')}]`,
        );
      }
    },
  );
});

describe('Ensemble', () => {
  const make = (seeds: number): InstanceType<typeof Ensemble> =>
    new Ensemble(
      Array.from({ length: seeds }, () =>
        inception_time({ width: 2, depth: 3, numClasses: 3, device }),
      ),
    ).eval();

  test('gives the logarithm of the mean of the probabilities', async () => {
    const model = make(3);
    const x = randn([2, 1, 20], { device });
    const [found, each] = noGrad(() => [
      model.forward(x),
      Array.from(model.members, (member) => softmax(member.forward(x), 1)),
    ]);
    const shares = await Promise.all(each.map((share) => share.data()));
    const means = Array.from(await found.data(), Math.exp);
    for (const [i, mean] of means.entries()) {
      expect(mean).toBeCloseTo((shares[0]![i]! + shares[1]![i]! + shares[2]![i]!) / 3, 5);
    }
  });

  test('has the keys of its members', () => {
    const keys = [...make(2).stateDict().keys()];
    const own = [...inception_time({ width: 2, depth: 3 }).stateDict().keys()];
    expect(keys).toEqual([0, 1].flatMap((i) => own.map((key) => `members.${i}.${key}`)));
    expect(make(2).architecture).toBe('inception_time x 2');
  });

  test('gets a head for other classes in every member', () => {
    const model = make(2);
    expect(replaceHead(model, 7)).toEqual(['members.0.fc', 'members.1.fc']);
    expect(headPaths(model)).toEqual(['members.0.fc', 'members.1.fc']);
    expect(noGrad(() => scope(() => model.forward(zeros([4, 1, 20], { device })))).shape).toEqual([
      4, 7,
    ]);
  });

  test('needs a member', () => {
    expect(() => new Ensemble([])).toThrow('Ensemble: expected at least 1 member, got 0');
    expect(() => new Ensemble([3 as never])).toThrow(ArgumentError);
  });
});

test('series of any length run', () => {
  expect(evalShape(inception_time({ inChannels: 12, numClasses: 5 }), [1, 12, 5000])).toEqual([
    1, 5,
  ]);
});
