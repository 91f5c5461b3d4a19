import { reference } from '@convnet/tensor-core/reference';
import { expect, test } from 'vitest';
import type { IterableDataset } from '../dataset/dataset.ts';
import type { HostArray } from '../dataset/host-array.ts';
import { DataLoader } from './data-loader.ts';

/** Numbers from 0 on, and which passes through them were closed. */
function watched(isAsync: boolean): { set: IterableDataset<number>; closed: number[] } {
  const closed: number[] = [];
  const set: IterableDataset<number> = {
    iterate: ({ epoch }) => {
      function* numbers(): Generator<number> {
        try {
          for (let i = 0; i < 9; i++) yield i;
        } finally {
          closed.push(epoch);
        }
      }
      async function* later(): AsyncGenerator<number> {
        yield* numbers();
      }
      return isAsync ? later() : numbers();
    },
  };
  return { set, closed };
}

test.each([false, true])(
  'a pass that was left early is closed before the next begins, asynchronous: %j',
  async (isAsync) => {
    const { set, closed } = watched(isAsync);
    const loader = new DataLoader(set, { batchSize: 2, device: reference() });
    const firsts: number[] = [];
    for (let epoch = 0; epoch < 3; epoch++) {
      for await (const { data } of loader.hostBatches() as AsyncIterable<HostArray>) {
        firsts.push(data[0]!);
        expect(closed).toEqual(Array.from({ length: epoch }, (_, i) => i));
        break;
      }
    }
    for await (const batch of loader.hostBatches()) void batch;
    expect(firsts).toEqual([0, 0, 0]);
    expect(closed).toEqual([0, 1, 2, 3]);
  },
);
