import { alexnet_half } from '@convnet/alexnet';
import { ArgumentError, InputTooSmallError } from '@convnet/tensor-core';
import { lenet5 } from '@convnet/lenet';
import { expect, test } from 'vitest';

import { countsOf } from './counts.ts';

const digits = { dims: 2, inChannels: 1, numClasses: 10, inputSize: [28, 28] } as const;

test('counts a network for the samples as they are where it takes them', () => {
  expect(countsOf(lenet5, digits)).toEqual({
    params: 61_706,
    macs: 416_520,
    enlargement: 1,
    inputShape: [1, 28, 28],
  });
});

test('enlarges the samples of a network whose strides ask for more', () => {
  const counts = countsOf(alexnet_half, digits);
  expect(counts.enlargement).toBe(4);
  expect(counts.inputShape).toEqual([1, 112, 112]);
  expect(counts.macs).toBe(countsOf(alexnet_half, { ...digits, inputSize: [112, 112] }).macs);
  expect(countsOf(alexnet_half, { ...digits, inputSize: [32, 32] }).enlargement).toBe(2);
});

test('gives up where four times is not enough, and on other errors at once', () => {
  expect(() => countsOf(alexnet_half, { ...digits, inputSize: [8, 8] })).toThrow(
    InputTooSmallError,
  );
  expect(() => countsOf(alexnet_half, { ...digits, numClasses: 0 })).toThrow(ArgumentError);
});
