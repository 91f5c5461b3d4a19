import { expect, test } from 'vitest';

import { scalingCases } from '../scaling/cases.ts';
import { resultOf } from '../testing/suite-context.ts';
import { scaling } from './scaling.ts';

test('inference and training of each network are compared', () => {
  expect(scalingCases.map(({ model, work }) => `${model} ${work}`)).toEqual([
    'resnet18 inference',
    'resnet18 training',
    'mobilenet_v2 inference',
    'mobilenet_v2 training',
  ]);
});

test('a device with one thread is not compared with itself', async () => {
  const { rows, notes } = await resultOf(scaling, {});
  expect(rows).toEqual([]);
  expect(notes).toEqual([
    'Not run: reference has one thread here, so there is nothing to compare.',
  ]);
});
