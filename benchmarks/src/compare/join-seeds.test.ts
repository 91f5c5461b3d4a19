import { expect, test } from 'vitest';

import type { Row } from '../report/row.ts';
import { exampleRow, failedRow } from '../testing/rows.ts';
import { joinSeeds } from './join-seeds.ts';

async function* of(rows: readonly Row[], error?: Error): AsyncGenerator<Row> {
  yield* rows;
  if (error !== undefined) throw error;
}

const unheard = (): void => undefined;

async function collect(rows: AsyncIterable<Row>): Promise<Row[]> {
  const all: Row[] = [];
  for await (const row of rows) all.push(row);
  return all;
}

const seed = (accuracy: number, model = 'lenet5') => exampleRow({ model, accuracy });

test('rows that differ in their seed become one, with their mean', async () => {
  const rows = await collect(
    joinSeeds(of([seed(0.5), seed(0.7), seed(0.6), seed(0.4, 'vgg11')]), 3, unheard),
  );
  expect(rows.map(({ model, accuracies }) => [model, accuracies])).toEqual([
    ['lenet5', [0.5, 0.7, 0.6]],
    ['vgg11', [0.4]],
  ]);
  expect(rows[0]!.accuracy).toBeCloseTo(0.6, 12);
});

test('a seed that failed is left out and told of, and an error stays where all did', async () => {
  const failed = failedRow('the loss is NaN');
  const notes: string[] = [];
  const [row] = await collect(
    joinSeeds(of([failed, seed(0.7)]), 2, (sentence) => notes.push(sentence)),
  );
  expect(notes).toEqual([
    'lenet5 2D on mnist: 1 of 2 seeds failed (NonFiniteLossError) and are not in its mean.',
  ]);
  expect(row).toMatchObject({ accuracies: [0.7] });
  expect(row!.error).toBeUndefined();
  expect(await collect(joinSeeds(of([failed, failed]), 2, unheard))).toEqual([failed]);
});

test('an interruption gives the seeds that were finished before its error', async () => {
  const notes: string[] = [];
  const joined = joinSeeds(of([seed(0.5), seed(0.7)], new Error('stopped')), 3, (sentence) =>
    notes.push(sentence),
  );
  expect((await joined.next()).value).toMatchObject({ accuracies: [0.5, 0.7] });
  await expect(joined.next()).rejects.toThrow('stopped');
  expect(notes).toEqual([
    'lenet5 2D on mnist: 2 of 3 seeds had ended when the run was interrupted.',
  ]);
});
