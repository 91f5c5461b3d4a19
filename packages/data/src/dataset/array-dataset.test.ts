import { Generator } from '@convnet/tensor-core';
import { describe, expect, it } from 'vitest';
import { ArrayDataset } from './array-dataset.ts';
import { DatasetError, type DatasetFault } from '../errors.ts';
import { RandomStream } from '../random/random-stream.ts';
import type { Transform } from '../transform/in-place.ts';

/** Three samples of two channels and two positions: 0, 1, 2, … 11. */
function twoChannels(): ArrayDataset {
  return new ArrayDataset({
    data: Uint8Array.from({ length: 12 }, (_, i) => i),
    labels: [0, 1, 0],
    inputShape: [2, 2],
    classes: ['low', 'high'],
    scale: 0.5,
    mean: [1, 2],
    std: [0.5, 2],
  });
}

function faultOf(action: () => unknown): DatasetFault | undefined {
  try {
    action();
  } catch (error) {
    if (error instanceof DatasetError) return error.fault;
    throw error;
  }
  return undefined;
}

describe('ArrayDataset', () => {
  it('fills samples in the order of the indices, scaled and normalised per channel', () => {
    const inputs = new Float32Array(8);
    const labels = new Int32Array(2);
    twoChannels().fill(Int32Array.of(2, 1), inputs, labels);
    // (element / 2 - mean) / std
    expect([...inputs]).toEqual([6, 7, 1.5, 1.75, 2, 3, 0.5, 0.75]);
    expect([...labels]).toEqual([0, 1]);
  });

  it('takes one mean and std for all channels', () => {
    const dataset = new ArrayDataset({
      data: Int16Array.of(-32768, 16384),
      labels: [0],
      inputShape: [2, 1],
      classes: ['only'],
      scale: 1 / 32768,
      mean: -0.5,
      std: 0.25,
    });
    const inputs = new Float32Array(2);
    dataset.fill(Int32Array.of(0), inputs, new Int32Array(1));
    expect([...inputs]).toEqual([-2, 4]);
  });

  it('applies transforms to scaled samples before normalisation, and only with a random stream', () => {
    const seen: number[][] = [];
    const double: Transform = (values, offset, shape) => {
      seen.push([...values.subarray(offset, offset + 4)], [...shape]);
      for (let i = 0; i < 4; i++) values[offset + i]! *= 2;
    };
    const dataset = twoChannels().withTransforms(double);
    const inputs = new Float32Array(8);
    const labels = new Int32Array(2);
    dataset.fill(Int32Array.of(0, 1), inputs, labels);
    expect(seen).toEqual([]);
    dataset.fill(Int32Array.of(0, 1), inputs, labels, new RandomStream(new Generator(0)));
    expect(seen).toEqual([
      [0, 0.5, 1, 1.5],
      [2, 2],
      [2, 2.5, 3, 3.5],
      [2, 2],
    ]);
    expect([...inputs]).toEqual([-2, 0, 0, 0.5, 6, 8, 2, 2.5]);
  });

  it('does not change the stored samples', () => {
    const data = Float32Array.of(1, 2);
    const negate: Transform = (values, offset) => (values[offset] = -values[offset]!);
    const dataset = new ArrayDataset({
      data,
      labels: [0],
      inputShape: [1, 2],
      classes: ['only'],
      transforms: [negate],
    });
    const random = new RandomStream(new Generator(0));
    dataset.fill(Int32Array.of(0), new Float32Array(2), new Int32Array(1), random);
    expect([...data]).toEqual([1, 2]);
  });

  it.each<[DatasetFault, string, () => unknown]>([
    [
      'shape',
      '2 labels and inputShape [1, 2] need 4 elements, got 3',
      () =>
        new ArrayDataset({
          data: new Uint8Array(3),
          labels: [0, 0],
          inputShape: [1, 2],
          classes: ['a'],
        }),
    ],
    [
      'shape',
      'got [1, 0]',
      () =>
        new ArrayDataset({
          data: new Uint8Array(0),
          labels: [0],
          inputShape: [1, 0],
          classes: ['a'],
        }),
    ],
    [
      'labels',
      'got 2 at sample 1',
      () =>
        new ArrayDataset({
          data: new Uint8Array(2),
          labels: [1, 2],
          inputShape: [1],
          classes: ['a', 'b'],
        }),
    ],
    [
      'normalisation',
      'expected mean to be one number or 2',
      () =>
        new ArrayDataset({
          data: new Uint8Array(2),
          labels: [0],
          inputShape: [2],
          classes: ['a'],
          mean: [1, 2, 3],
        }),
    ],
    [
      'normalisation',
      'std cannot be 0',
      () =>
        new ArrayDataset({
          data: new Uint8Array(2),
          labels: [0],
          inputShape: [2],
          classes: ['a'],
          std: 0,
        }),
    ],
    [
      'index',
      'expected a sample index from 0 to 2, got 3',
      () => twoChannels().fill(Int32Array.of(3), new Float32Array(4), new Int32Array(1)),
    ],
    [
      'batch',
      '2 samples of 4 elements need 8 inputs and 2 labels, got arrays of 4 and 2',
      () => twoChannels().fill(Int32Array.of(0, 1), new Float32Array(4), new Int32Array(2)),
    ],
  ])('refuses with fault %s: %s', (fault, message, action) => {
    expect(faultOf(action)).toBe(fault);
    expect(action).toThrow(message);
  });
});
