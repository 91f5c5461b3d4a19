import { beforeAll, expect, test } from 'vitest';

import { exampleRow, failedRow } from '../testing/rows.ts';
import { StepTurns } from './step-turns.ts';
import { partsOf, type Part } from './workload.ts';

const lane = { backend: 'reference', threads: 1, revectorize: false } as const;
const onRound = (): void => undefined;
const { signal } = new AbortController();

/** Three seeds of a LeNet on signals, of two samples. */
let parts: readonly Part[];
beforeAll(async () => {
  const all = await partsOf({
    profile: 'quick',
    backend: 'reference',
    revectorize: false,
    seed: 0,
    out: '',
    models: ['lenet5_relu'],
    datasets: ['mnist'],
    limit: 2,
  });
  parts = all.filter(({ set }) => set.bench.dims === 1);
});

const row = exampleRow({ model: 'lenet5_relu', dims: 1, ms: null });

test('the network takes its turns once for all seeds, before and after; a row that failed has no time', async () => {
  const steps = await StepTurns.open(parts, lane);
  expect(steps.timingOf(row)).toBeNull();
  await steps.take(signal, onRound);
  const before = steps.timingOf(row)!;
  expect(before.samples).toBeGreaterThanOrEqual(15);
  await steps.take(signal, onRound);
  expect(steps.timingOf(row)!.samples).toBeGreaterThan(before.samples!);
  expect(steps.failures).toEqual([]);
  const { error } = failedRow('the loss is NaN');
  expect(steps.timingOf({ ...row, error: error! })).toBeNull();
  expect(steps.timingOf({ ...row, dims: 2 })).toBeNull();
  steps.dispose();
});

test('a network whose steps fail has no times, and the others have theirs', async () => {
  const [part] = parts;
  const { set, counts } = part!;
  // Signals without a value, which no kernel fits into.
  const other: Part = {
    ...part!,
    set: { ...set, bench: { ...set.bench, name: 'broken' } },
    counts: { ...counts, inputShape: [28, 0] },
  };
  const steps = await StepTurns.open([other, ...parts], lane);
  await steps.take(signal, onRound);
  expect(steps.timingOf(row)).not.toBeNull();
  expect(steps.timingOf({ ...row, dataset: 'broken' })).toBeNull();
  expect(steps.failures).toHaveLength(1);
  expect(steps.failures[0]).toMatch(
    /^lenet5_relu 1D on broken: its steps could not be timed \(\w+: /,
  );
  steps.dispose();
});

test('an interruption leaves the turns of before', async () => {
  const steps = await StepTurns.open(parts, lane);
  await steps.take(signal, onRound);
  const before = steps.timingOf(row);
  await expect(steps.take(AbortSignal.abort(new Error('stopped')), onRound)).rejects.toThrow(
    'stopped',
  );
  expect(steps.timingOf(row)).toEqual(before);
  steps.dispose();
});
