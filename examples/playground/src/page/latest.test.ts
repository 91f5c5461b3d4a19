import { expect, test } from 'vitest';

import { Latest } from './latest.ts';

test('what is asked for meanwhile runs once, when the work is done', async () => {
  const ends: (() => void)[] = [];
  const latest = new Latest(
    () =>
      new Promise((resolve) => {
        ends.push(resolve);
      }),
  );
  for (let i = 0; i < 3; i++) latest.ask();
  expect(ends).toHaveLength(1);
  ends[0]!();
  await new Promise(setImmediate);
  expect(ends).toHaveLength(2);
  ends[1]!();
  await new Promise(setImmediate);
  expect(ends).toHaveLength(2);
  latest.ask();
  expect(ends).toHaveLength(3);
});

test('it tells when it begins, and when nothing more is asked for', async () => {
  const ends: (() => void)[] = [];
  const heard: boolean[] = [];
  const latest: Latest = new Latest(
    () =>
      new Promise((resolve) => {
        ends.push(resolve);
      }),
    () => heard.push(latest.isRunning),
  );
  latest.ask();
  latest.ask();
  expect(heard).toEqual([true]);
  ends[0]!();
  await new Promise(setImmediate);
  expect(heard).toEqual([true, true]);
  ends[1]!();
  await new Promise(setImmediate);
  expect(heard).toEqual([true, true, false]);
});
