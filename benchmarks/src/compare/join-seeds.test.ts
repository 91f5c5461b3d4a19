import { expect, test } from 'vitest';

import type { Row } from '../report/row.ts';
import { uncertaintyOf } from '../report/timing.ts';
import { exampleRow, failedRow } from '../testing/rows.ts';
import { joinSeeds } from './join-seeds.ts';

async function* of(rows: readonly Row[], error?: Error): AsyncGenerator<Row> {
  yield* rows;
  if (error !== undefined) throw error;
}

async function collect(rows: AsyncIterable<Row>): Promise<Row[]> {
  const all: Row[] = [];
  for await (const row of rows) all.push(row);
  return all;
}

const seed = (accuracy: number, model = 'lenet5') => exampleRow({ model, accuracy });

test('rows that differ in their seed become one, with their mean', async () => {
  const rows = await collect(joinSeeds(of([seed(0.5), seed(0.7), seed(0.6), seed(0.4, 'vgg11')])));
  expect(rows.map(({ model, accuracies }) => [model, accuracies])).toEqual([
    ['lenet5', [0.5, 0.7, 0.6]],
    ['vgg11', [0.4]],
  ]);
  expect(rows[0]!.accuracy).toBeCloseTo(0.6, 12);
});

test('a seed that failed is left out, and an error stays where all did', async () => {
  const failed = failedRow('the loss is NaN');
  const [row] = await collect(joinSeeds(of([failed, seed(0.7)])));
  expect(row).toMatchObject({ accuracies: [0.7] });
  expect(row!.error).toBeUndefined();
  expect(await collect(joinSeeds(of([failed, failed])))).toEqual([failed]);
});

test('an interruption gives the seeds that were finished before its error', async () => {
  const joined = joinSeeds(of([seed(0.5), seed(0.7)], new Error('stopped')));
  expect((await joined.next()).value).toMatchObject({ accuracies: [0.5, 0.7] });
  await expect(joined.next()).rejects.toThrow('stopped');
});

test('the time is that of the middle seed, within the intervals of all of them', async () => {
  const timed = (median: number, min: number, interval: readonly [number, number]) =>
    exampleRow({ ms: { median, min, samples: 100, interval } });
  const [row] = await collect(
    joinSeeds(of([timed(4, 3, [3.8, 4.1]), timed(2.5, 2.4, [2.45, 2.6]), timed(3, 2.9, [2.9, 3])])),
  );
  expect(row!.ms).toEqual({ median: 3, min: 2.4, samples: 300, interval: [2.45, 4.1] });
  expect(uncertaintyOf(row!.ms!)).toBeCloseTo(1.1 / 3, 12);
});

test('a seed alone keeps its time', async () => {
  const ms = { median: 8.5, min: 8.1 };
  const [row] = await collect(joinSeeds(of([exampleRow({ ms })])));
  expect(row!.ms).toEqual(ms);
});
