import { describe, expect, it } from 'vitest';
import { ArrayDataset } from '../dataset/array-dataset.ts';
import { DatasetError } from '../errors.ts';
import { HostBatches, type HostBatch } from './host-batches.ts';
import { randomNoise } from '../transform/in-place.ts';

/** Sample i is the number i with label i. */
function numbers(count: number): ArrayDataset {
  return new ArrayDataset({
    data: Float32Array.from({ length: count }, (_, i) => i),
    labels: Array.from({ length: count }, (_, i) => i),
    inputShape: [1],
    classes: Array.from({ length: count }, (_, i) => String(i)),
  });
}

function labelsOf(batches: Iterable<HostBatch>): number[][] {
  return Array.from(batches, ({ labels }) => [...labels]);
}

describe('HostBatches', () => {
  it('keeps the order of the dataset and ends with a smaller batch', () => {
    const batches = new HostBatches(numbers(5), { batchSize: 2 });
    expect(batches.length).toBe(3);
    expect(labelsOf(batches)).toEqual([[0, 1], [2, 3], [4]]);
  });

  it('leaves the smaller batch out with dropLast', () => {
    const batches = new HostBatches(numbers(5), { batchSize: 2, dropLast: true });
    expect(batches.length).toBe(2);
    expect(labelsOf(batches)).toEqual([
      [0, 1],
      [2, 3],
    ]);
    const none = new HostBatches(numbers(5), { batchSize: 6, dropLast: true });
    expect(none.length).toBe(0);
    expect(labelsOf(none)).toEqual([]);
  });

  it('shuffles anew each epoch, each sample once, inputs with their labels', () => {
    const batches = new HostBatches(numbers(100), { batchSize: 7, shuffle: true, seed: 1 });
    const epochs = [0, 1].map(() => [...batches]);
    const orders = epochs.map((epoch) => epoch.flatMap(({ labels }) => [...labels]));
    for (const order of orders) {
      expect(new Set(order).size).toBe(100);
      expect(order).not.toEqual([...order].sort((a, b) => a - b));
    }
    expect(orders[0]).not.toEqual(orders[1]);
    for (const { inputs, labels } of epochs.flat()) expect([...inputs]).toEqual([...labels]);
  });

  it('repeats an epoch from its seed and number', () => {
    const options = { batchSize: 8, shuffle: true, seed: 5 };
    const noisy = numbers(20).withTransforms(randomNoise({ std: 1 }));
    const first = new HostBatches(noisy, options);
    const epochs = [[...first], [...first]];
    const resumed = new HostBatches(noisy, options);
    resumed.epoch = 1;
    expect([...resumed]).toEqual(epochs[1]);
    expect(resumed.epoch).toBe(2);
    expect(epochs[0]).not.toEqual(epochs[1]);
  });

  it('gives each batch its own memory, unless asked to reuse it', () => {
    const batches = new HostBatches(numbers(4), { batchSize: 2 });
    const [own1, own2] = [...batches];
    expect(own1!.inputs).not.toBe(own2!.inputs);
    const [shared1, shared2] = [...batches.reusing()];
    expect(shared1!.inputs).toBe(shared2!.inputs);
    expect([...shared2!.inputs]).toEqual([2, 3]);
  });

  it.each([0, -1, 1.5, Number.NaN])('refuses a batchSize of %d', (batchSize) => {
    expect(() => new HostBatches(numbers(4), { batchSize })).toThrow(DatasetError);
  });
});
