import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import { RunClock } from './run-clock.ts';

beforeEach(() => vi.useFakeTimers({ toFake: ['performance'] }));
afterEach(() => vi.useRealTimers());

test('the bar follows the work that is done, and the time left the speed so far', () => {
  const runClock = new RunClock([30, 10]);
  expect(runClock.bar()).toEqual({ label: 'all', share: 0, detail: '0 of 2' });
  vi.advanceTimersByTime(30_000);
  runClock.advance(0, 0.5);
  expect(runClock.bar()).toEqual({ label: 'all', share: 0.375, detail: '0 of 2  0:50 left' });
  runClock.advance(0, 1);
  runClock.advance(1, 1);
  expect(runClock.bar()).toMatchObject({ share: 1, detail: '2 of 2  0:00 left' });
});
