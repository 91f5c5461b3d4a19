import { expect, test } from 'vitest';

import {
  goalsOfCases,
  goalsOfFamilies,
  goalsOfInference,
  goalsOfLong,
  goalsOfRates,
  goalsOfTraining,
} from './goals.ts';
import type { FamilyReport } from './correctness.ts';
import type { Rate } from './rates.ts';
import type { TimedRow } from './timings.ts';

const row = (
  model: string,
  mode: TimedRow['mode'],
  own: number,
  pytorch: number | null,
  batch = 64,
): TimedRow => ({
  model,
  dims: 2,
  batch,
  inputShape: [3, 224, 224],
  numClasses: 1000,
  mode,
  tf32: false,
  own,
  pytorch,
  ratio: pytorch === null ? null : pytorch / own,
});

const found = (goals: readonly { what: string; found: number | null; met: boolean | null }[]) =>
  Object.fromEntries(goals.map(({ what, found: value, met }) => [what, [value, met]]));

test('a column has its mean and its least; small work is compared with eager steps', () => {
  const goals = found(
    goalsOfTraining([
      row('resnet18', 'eager', 10, 20),
      row('resnet50', 'eager', 20, 10),
      row('resnet18', 'graph', 10, 20),
      row('resnet18', 'eager', 4, 8, 8),
      row('resnet18', 'graph', 2, 5, 8),
    ]),
  );
  expect(goals['training eager, tf32 false, geometric mean']).toEqual([1, true]);
  expect(goals['training eager, tf32 false, least']).toEqual([0.5, false]);
  expect(goals['training graph, tf32 false, least']).toEqual([2, true]);
  // Eight milliseconds of PyTorch's eager step over two, not five over two.
  expect(goals["resnet18 2D b8, tf32 false: captured over PyTorch's eager speed"]).toEqual([
    4,
    true,
  ]);
});

test('what was not measured is neither met nor missed', () => {
  const rows = [row('resnet18', 'eager', 10, 20), row('resnet50', 'eager', 20, null)];
  const goals = found(goalsOfTraining(rows));
  expect(goals['training eager, tf32 false, geometric mean']).toEqual([null, null]);
  expect(goals['training graph, tf32 true, least']).toEqual([null, null]);
  expect(goalsOfInference([row('resnet18', 'infer', 1, null, 1)])[0]).toMatchObject({ met: null });
});

test('one image is wanted at twice the speed, 64 at the same', () => {
  const goals = goalsOfInference([
    row('resnet18', 'infer', 1, 1.5, 1),
    row('resnet18', 'infer', 1, 1.5, 64),
  ]);
  expect(goals.map(({ met }) => met)).toEqual([false, true]);
});

test('own kernels and those with libraries have limits of their own', () => {
  const rate = (what: string, isOwn: boolean, ratio: number, tf32 = false): Rate => ({
    what,
    tf32,
    isOwn,
    own: ratio,
    pytorch: 1,
    ratio,
  });
  const goals = goalsOfRates([
    rate('product 4096', false, 0.9),
    rate('product 4096', false, 0.96, true),
    rate('product 4096', true, 0.7),
    rate('product 4096', true, 0.1, true),
    rate('product 512', true, 0.1),
    rate('conv 64 -> 64', true, 0.6),
    rate('conv 64 -> 64', false, 0.1),
  ]);
  expect(goals.map(({ met }) => met)).toEqual([false, true, true, false]);
});

test('failures, deviations that are no numbers, and memory that grows', () => {
  const report = { cases: 2, every: 1, passed: 2, rounded: 0, failures: [] };
  const failed = { ...report, passed: 1, failures: ['conv: wrong'] };
  expect(goalsOfCases({ float32: report, tf32: failed }).map(({ met }) => met)).toEqual([
    true,
    false,
  ]);
  const family: FamilyReport = {
    family: 'lenet',
    model: 'lenet5',
    dims: 2,
    eval: 1e-6,
    train: 1e-6,
    gradients: 2e-3,
    statistics: 0,
  };
  const families = goalsOfFamilies({ float32: [family], tf32: [{ ...family, train: NaN }] });
  expect(families.map(({ met }) => met)).toEqual([true, false, false, true]);
  const run = { steps: 10, reservedEarly: 8, reservedLate: 8, liveEarly: 4, liveLate: 5, waits: 0 };
  expect(goalsOfLong(run).map(({ met }) => met)).toEqual([true, false, true]);
});
