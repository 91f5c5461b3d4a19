import { expect, test } from 'vitest';

import { channelsLast, toChannelsLast } from './channels-last.ts';

test('elements of images and of weights move with their axes', () => {
  const shape = [2, 3, 2, 1];
  expect(channelsLast(shape)).toEqual([2, 2, 1, 3]);
  const values = Float32Array.from({ length: 12 }, (_, i) => i);
  expect([...toChannelsLast(values, shape)]).toEqual([0, 2, 4, 1, 3, 5, 6, 8, 10, 7, 9, 11]);
  expect(channelsLast([2, 5])).toEqual([2, 5]);
});
