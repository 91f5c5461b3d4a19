import { summary, type AnyModule } from '@convnet/layers';
import { reference } from '@convnet/tensor-core/reference';
import {
  inferShapes,
  InputTooSmallError,
  meta,
  ShapeError,
  tensor,
  zeros,
} from '@convnet/tensor-core';
import { describeShapes, familyOf } from '@convnet/model-testing';
import { describe, expect, test } from 'vitest';

import * as inception from './index.ts';
import { transformInput } from './transform-input.ts';

const { googlenet, googlenet_2014, inception_resnet_v1, inception_v3 } = inception;

describeShapes(familyOf(import.meta.dirname, inception));

function trainingOutput<Output>(
  model: { forward(x: ReturnType<typeof zeros>): Output } & AnyModule,
  shape: readonly number[],
): Output {
  model.train();
  return inferShapes(() => model.forward(zeros(shape, { device: meta })));
}

describe('auxiliary classifiers', () => {
  test.each([googlenet, googlenet_2014])('%o has two, in training', (builder) => {
    for (const dims of [1, 2] as const) {
      const shape = [2, 3, ...Array.from({ length: dims }, () => 224)];
      const output = trainingOutput(builder({ dims, numClasses: 6 }), shape);
      expect(output).toMatchObject({
        logits: { shape: [2, 6] },
        auxLogits2: { shape: [2, 6] },
        auxLogits1: { shape: [2, 6] },
      });
    }
  });

  test('inception_v3 has one, in training', () => {
    for (const dims of [1, 2] as const) {
      const shape = [2, 3, ...Array.from({ length: dims }, () => 299)];
      const output = trainingOutput(inception_v3({ dims, numClasses: 6 }), shape);
      expect(output).toMatchObject({ logits: { shape: [2, 6] }, auxLogits: { shape: [2, 6] } });
    }
  });

  const without = { dims: 1, auxLogits: false, numClasses: 6 } as const;
  test.each([() => googlenet(without), () => googlenet_2014(without), () => inception_v3(without)])(
    '%# can be built without',
    (builder) => {
      const model = builder();
      const { shape } = trainingOutput(model, [2, 3, 299]);
      expect(shape).toEqual([2, 6]);
    },
  );

  test('the paper counts 6,998,552 parameters outside of them, torchvision 6,624,904', () => {
    const counts = [googlenet_2014, googlenet].map(
      (builder) => summary(builder({ auxLogits: false }), [1, 3, 224, 224]).parameters,
    );
    expect(counts).toEqual([6_998_552, 6_624_904]);
  });

  test('an input that is large enough for the network but not for them names them', () => {
    const small = [2, 3, 128, 128];
    expect(() => trainingOutput(inception_v3(), small)).toThrow(InputTooSmallError);
    expect(() => trainingOutput(inception_v3(), small)).toThrow(/^inception_v3\.AuxLogits\.conv1/);
  });
});

test('inception_resnet_v1 has the widths of the networks that were trained on faces', () => {
  // facenet-pytorch's InceptionResnetV1 counts 23,482,624 parameters: one more module C, and 512 numbers
  // with batch norm in place of the classifier.
  const { parameters } = summary(inception_resnet_v1(), [1, 3, 299, 299]);
  const moduleC = inception_resnet_v1()
    .block8.parameters()
    .reduce((sum, { size }) => sum + size, 0);
  const classifier = 1792 * 1000 + 1000;
  const embedding = 1792 * 512 + 2 * 512;
  expect(parameters + moduleC - classifier + embedding).toBe(23_482_624);
});

describe('transformInput', () => {
  const device = reference();

  test('takes ImageNet normalisation to the range of the published weights', async () => {
    const pixels = [0, 0.5, 1];
    const mean = [0.485, 0.456, 0.406];
    const std = [0.229, 0.224, 0.225];
    const normalised = [0, 1, 2].map((c) => pixels.map((p) => (p - mean[c]!) / std[c]!));
    const y = await transformInput(tensor([normalised], { device })).data();
    const expected = [-1, 0, 1, -1, 0, 1, -1, 0, 1];
    for (const [i, value] of expected.entries()) expect(y[i]).toBeCloseTo(value, 5);
  });

  test('needs three channels', () => {
    const model = googlenet({ inChannels: 1, transformInput: true });
    expect(() => trainingOutput(model, [2, 1, 64, 64])).toThrow(ShapeError);
    expect(() => trainingOutput(model, [2, 1, 64, 64])).toThrow(/transformInput: false/);
  });
});
