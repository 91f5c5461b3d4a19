import { expect, test } from 'vitest';
import type { BatchPlan } from './batch-plan.ts';
import type { FetchedBatch } from './fetch.ts';
import { fetchAhead } from './fetch-ahead.ts';

const plan = (length?: number): BatchPlan =>
  ({ length, batchSize: 2, dropLast: false }) as BatchPlan;

const fetched = (batch: number, drawn = 2): FetchedBatch => ({
  batch,
  drawn,
  names: [],
  skipped: [],
  isShared: false,
});

test('what is under way when a loop ends early is left to who wants it', async () => {
  const left: unknown[] = [];
  const fetch = async (batch: number): Promise<FetchedBatch> => {
    if (batch === 5) throw new Error('a sample is damaged');
    return fetched(batch);
  };
  const leave = ({ batch, fetched: { batch: value } }: { batch: number; fetched: FetchedBatch }) =>
    left.push([batch, value]);
  for await (const { batch } of fetchAhead(3, 1, plan(20), fetch, leave)) if (batch === 2) break;
  await Promise.resolve();
  expect(left).toEqual([
    [3, 3],
    [4, 4],
  ]);
});

test('nothing is left of a loop to the end; what lies beyond the end of a set of unknown length is', async () => {
  const left: number[] = [];
  const run = async (length: number | undefined): Promise<number[]> => {
    const seen: number[] = [];
    const fetch = async (batch: number): Promise<FetchedBatch> =>
      fetched(batch, batch < 3 ? 2 : batch === 3 ? 1 : 0);
    const leave = ({ batch }: { batch: number }): unknown => left.push(batch);
    for await (const { batch } of fetchAhead(2, 0, plan(length), fetch, leave)) seen.push(batch);
    await Promise.resolve();
    return seen;
  };
  expect(await run(3)).toEqual([0, 1, 2]);
  expect(left).toEqual([]);
  expect(await run(undefined)).toEqual([0, 1, 2, 3]);
  expect(left).toEqual([4, 5]);
});
