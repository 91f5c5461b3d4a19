import { BatchNorm2d, Conv2d, ReLU6, Sequential } from '@convnet/layers';
import { useHashedWeights } from '@convnet/model-testing';
import * as t from '@convnet/tensor-core';
import type { Tensor } from '@convnet/tensor-core';
import { reference } from '@convnet/tensor-core/reference';
import { expect, test } from 'vitest';

import { Applied } from '../testing/applied.ts';
import { UnsupportedOperationError } from './errors.ts';
import { lowerNetwork } from './export.ts';
import type { TfliteModel, TfliteOperator } from './messages.ts';

const device = reference();
const ones = (...shape: number[]): Tensor => t.keep(t.ones(shape, { device }));

/** The tables of a network of one function. */
const lowered = (body: (x: Tensor) => Tensor, shape: readonly number[]): Promise<TfliteModel> =>
  lowerNetwork(new Applied(body), shape);

const namesOf = ({ operators }: TfliteModel): string[] => operators.map(({ name }) => name);

/** Extents of what an operator reads. */
const shapesOf = ({ tensors }: TfliteModel, { inputs }: TfliteOperator): (readonly number[])[] =>
  inputs.map((place) => tensors[place]!.shape);

test('a convolution takes in its batch norm and its activation, and has its channels last', async () => {
  const model = new Sequential([
    new Conv2d(3, 8, 3, { padding: 1, bias: false }),
    new BatchNorm2d(8),
    new ReLU6(),
  ]);
  useHashedWeights(model);
  await model.to(device);
  const network = await lowerNetwork(model, [1, 3, 6, 4]);
  expect(namesOf(network)).toEqual(['CONV_2D']);
  const [conv] = network.operators;
  expect(conv!.options).toMatchObject({ padding: 0, activation: 3 });
  expect(shapesOf(network, conv!)).toEqual([[1, 6, 4, 3], [8, 3, 3, 3], [8]]);
  expect(network.tensors[network.outputs[0]!]).toMatchObject({
    name: 'output',
    shape: [1, 6, 4, 8],
  });
  const state = model.stateDict();
  const [scale, shift, mean, variance] = await Promise.all(
    ['weight', 'bias', 'running_mean', 'running_var'].map((key) => state.get(`1.${key}`)!.data()),
  );
  const bias = network.tensors[conv!.inputs[2]!]!.data!;
  bias.forEach((value, i) => {
    const factor = scale![i]! / Math.sqrt(variance![i]! + 1e-5);
    expect(value).toBeCloseTo(shift![i]! - mean![i]! * factor, 5);
  });
});

test('edges that no rule of TensorFlow Lite meets are padded before', async () => {
  const weight = ones(2, 3, 3, 3);
  const strided = await lowered(
    (x) => t.conv(x, weight, null, { stride: 2, padding: 1 }),
    [1, 3, 6, 7],
  );
  expect(namesOf(strided)).toEqual(['PAD', 'CONV_2D']);
  // One in front of each axis; behind, what the last window reads: nothing of 6 rows, one of 7 columns.
  expect([...strided.tensors[strided.operators[0]!.inputs[1]!]!.data!]).toEqual([
    0, 0, 1, 0, 1, 1, 0, 0,
  ]);
  expect(strided.operators[1]!.options).toMatchObject({ padding: 1 });
  expect(shapesOf(strided, strided.operators[1]!)[0]).toEqual([1, 7, 9, 3]);

  const odd = await lowered(
    (x) => t.conv(x, weight, null, { stride: 2, padding: 1 }),
    [1, 3, 7, 9],
  );
  expect(namesOf(odd)).toEqual(['CONV_2D']);
  expect(odd.operators[0]!.options).toMatchObject({ padding: 0 });
});

test('maxima are padded with what is none: with zeros behind an activation alone', async () => {
  const pooled = (x: Tensor): Tensor => t.maxPool(x, 3, { stride: 2, padding: 1 });
  const signed = await lowered(pooled, [1, 3, 6, 6]);
  expect(namesOf(signed)).toEqual(['PADV2', 'MAX_POOL_2D']);
  expect(signed.tensors[signed.operators[0]!.inputs[2]!]!.data).toEqual(Float32Array.of(-Infinity));
  const behind = await lowered((x) => pooled(t.relu(x)), [1, 3, 6, 6]);
  expect(namesOf(behind)).toEqual(['RELU', 'PAD', 'MAX_POOL_2D']);
});

test('a convolution of each channel has the weights of its channels side by side', async () => {
  const weight = ones(6, 1, 3, 2);
  const network = await lowered((x) => t.conv(x, weight, null, { groups: 3 }), [1, 3, 6, 6]);
  expect(namesOf(network)).toEqual(['DEPTHWISE_CONV_2D']);
  const [conv] = network.operators;
  expect(conv!.options).toMatchObject({ depthMultiplier: 2 });
  expect(shapesOf(network, conv!)).toEqual([[1, 6, 6, 3], [1, 3, 2, 6], [6]]);
});

test('an activation stands by itself where something else reads what is before it', async () => {
  const weight = ones(3, 3, 1, 1);
  const network = await lowered(
    (x) => {
      const y = t.conv(x, weight, null);
      return t.relu(t.add(t.relu(y), y));
    },
    [1, 3, 4, 4],
  );
  expect(namesOf(network)).toEqual(['CONV_2D', 'RELU', 'ADD']);
  expect(network.operators.map(({ options }) => options['activation'])).toEqual([0, undefined, 1]);
});

const grouped = ones(4, 2, 1, 1);
const line = ones(4, 2, 1);

test.each<[string, (x: Tensor) => Tensor, readonly number[], string]>([
  [
    'groups of several channels',
    (x) => t.conv(x, grouped, null, { groups: 2 }),
    [1, 4, 3, 3],
    '2 groups of 2 channels',
  ],
  ['a line', (x) => t.conv(x, line, null), [1, 2, 9], 'expected [N, C, H, W], got 3 axes'],
  [
    'flattened positions',
    (x) => t.flatten(x, 1),
    [1, 4, 3, 3],
    'elements would be in another order',
  ],
  ['averages of windows', (x) => t.avgPool(x, 2), [1, 4, 4, 4], 'averages of other windows'],
  ['other bounds', (x) => t.hardtanh(x), [1, 4, 4, 4], 'bounds other than 0 and 6'],
  ['no lowering', (x) => t.exp(x), [1, 4, 4, 4], 'exp, which is not written: there is no lowering'],
])('%s: refused by name', async (_name, body, shape, reason) => {
  const failure = await lowered(body, shape).catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(UnsupportedOperationError);
  expect((failure as Error).message).toContain(reason);
  expect((failure as Error).message).toContain('Applied has the operation');
});
