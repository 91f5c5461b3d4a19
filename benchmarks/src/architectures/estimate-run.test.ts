import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';

import { defaultJournals, runPlan } from '../plan.ts';
import { FakeTrainer } from '../testing/fake-trainer.ts';
import { smallNetworks, smallRun } from '../testing/small-run.ts';
import { estimateOf, estimateSentence } from './estimate-run.ts';
import { Journal } from './journal.ts';
import { tasksOf } from './plan.ts';
import { recipeFor } from './recipe.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'convnet-estimate-'));
});
afterEach(() => rm(folder, { recursive: true }));

/** The small run up to a piece of work, and what is estimated of the rest. */
async function stoppedAt(piece: string, secondsPerSample?: number) {
  const trainer = new FakeTrainer(secondsPerSample);
  const interruption = new AbortController();
  trainer.before = (work) => {
    if (work !== piece) return;
    interruption.abort();
    interruption.signal.throwIfAborted();
  };
  const file = join(folder, 'run.jsonl');
  const { signal } = interruption;
  await smallRun(file, { trainer, signal }).catch((error: unknown) => {
    if (!signal.aborted) throw error;
  });
  const { finished, recipe } = await smallRun(file, { trainer: new FakeTrainer(), networks: [] });
  return estimateOf(tasksOf(smallNetworks, recipe), smallNetworks, finished, recipe);
}

// The fake trainer takes 1 s for a pass; a training has 10, a trial 3 (a quarter, rounded).
test('of networks that were timed, what is left is the time of their trainings and trials', async () => {
  const estimate = await stoppedAt('train nin 2');
  // Two trainings at 10 s, and resnet32: nothing of it is known but its MACs, three times those of lenet5.
  expect(estimate).toMatchObject({ finished: 15, left: 7, finishedSeconds: 2 * 12 + 5 * 10 });
  expect(estimate.leftSeconds - estimate.guessedSeconds).toBeCloseTo(10, 9);
  // At the speed for each MAC of nin, which has 200 of them and is nearer to its 300 than lenet5: 1.5 s a pass.
  expect(estimate.guessedSeconds).toBeCloseTo(1.5 * (4 * 3 + 10), 9);
  expect(estimateSentence(estimate)).toBe(
    '15 of 22 pieces of work are finished; about 0.01 core-hours are left',
  );
});

test('what a budget cuts is estimated with the passes that fit', async () => {
  // A pass takes 270 s, 300 with the margin: three fit into 15 minutes. Trials have one.
  const estimate = await stoppedAt('train lenet5 1', 0.27);
  expect(estimate.leftSeconds - estimate.guessedSeconds).toBeCloseTo(2 * 2 * 3 * 270, 6);
});

test('a finished run has nothing left', async () => {
  const estimate = await stoppedAt('nothing');
  expect(estimate).toMatchObject({ left: 0, leftSeconds: 0, guessedSeconds: 0 });
  expect(estimateSentence(estimate)).toContain('nothing is left');
});

test('plan tells the committed run by phases, and its whole stays below 30 core-hours', () => {
  const text = runPlan({ journals: defaultJournals.slice(-1), peers: true });
  expect(text).toMatch(/^all +\d+ of \d+ +[\d.]+$/m);
  expect(text).toMatch(/^their other seeds, and 30 networks a set +\d+ of \d+ +[\d.]+$/m);
  expect(Number(/about ([\d.]+) in all/.exec(text)?.[1])).toBeLessThan(30);
});

test('of a run that has read no data set nothing is said to be left or done', () => {
  const file = join(folder, 'run.jsonl');
  Journal.open(file, recipeFor(), false).close();
  expect(runPlan({ journals: [file], peers: false })).toBe(
    `${file}: no data set was read yet, so it is not known what is left\n`,
  );
});
