import { expect, test } from 'vitest';

import { affordableShare, cutTo, secondsOf, type BudgetRequest } from './budget.ts';

const request = (changes: Partial<BudgetRequest> = {}): BudgetRequest => ({
  epochs: 10,
  trainSamples: 1000,
  testSamples: 0,
  secondsPerSample: 1e-3,
  whole: false,
  ...changes,
});

const shareOut = (requests: readonly BudgetRequest[], seconds: number) =>
  cutTo(requests, affordableShare(requests, seconds));

test('nothing is cut where the time suffices', () => {
  expect(affordableShare([request(), request({ epochs: 3 })], 100)).toBe(1);
  expect(shareOut([request(), request({ epochs: 3 })], 100)).toEqual([
    { epochs: 10, trainSamples: 1000 },
    { epochs: 3, trainSamples: 1000 },
  ]);
});

test('all sets are cut to the same share', () => {
  const budgets = shareOut([request(), request({ epochs: 20 })], 15);
  expect(budgets.map(({ epochs }) => epochs)).toEqual([5, 10]);
});

test('where two epochs are too long, fewer samples train', () => {
  expect(shareOut([request()], 1)).toEqual([{ epochs: 2, trainSamples: 500 }]);
});

test('the plan stays within the time, the test included', () => {
  const requests = [
    request({ testSamples: 500, secondsPerSample: 7e-3 }),
    request({ trainSamples: 60_000, testSamples: 10_000 }),
  ];
  const budgets = shareOut(requests, 60);
  const planned = requests.map((r, i) => ({ ...r, ...budgets[i]! }));
  expect(secondsOf(planned)).toBeLessThanOrEqual(60);
  expect(secondsOf(planned)).toBeGreaterThan(30);
});

test('a run without networks takes no time', () => {
  expect(affordableShare([request({ secondsPerSample: 0 })], 1)).toBe(1);
});

test('a whole set keeps its passes, and the others share what it leaves', () => {
  const budgets = shareOut([request({ whole: true }), request()], 15);
  expect(budgets.map(({ epochs }) => epochs)).toEqual([10, 5]);
});

test('where whole sets take all the time, the others still have a twentieth', () => {
  const [, cut] = shareOut([request({ whole: true }), request()], 5);
  expect(cut).toEqual({ epochs: 2, trainSamples: 250 });
});
