import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import { RunClock } from './run-clock.ts';

beforeEach(() => vi.useFakeTimers({ toFake: ['performance'] }));
afterEach(() => vi.useRealTimers());

test('the bar follows the work that is done, and the time left the speed so far', () => {
  const runClock = new RunClock([
    { label: 'a', work: 30 },
    { label: 'b', work: 10 },
  ]);
  expect(runClock.bar(0)).toEqual({ label: 'all', share: 0, detail: '1 of 2' });
  vi.advanceTimersByTime(30_000);
  expect(runClock.bar(0.5)).toEqual({ label: 'all', share: 0.375, detail: '1 of 2  0:50 left' });
  runClock.next();
  expect(runClock.bar(1)).toMatchObject({ share: 1, detail: '2 of 2  0:00 left' });
});
