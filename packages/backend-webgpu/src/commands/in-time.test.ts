import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import { inTime } from './in-time.ts';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

const never = new Promise<string>(() => undefined);
const late = (): Error => new Error('late');

test('what comes is given, what fails fails, and no timer stays', async () => {
  expect(await inTime(Promise.resolve('here'), 1000, late)).toBe('here');
  await expect(inTime(Promise.reject(new Error('broken')), 1000, late)).rejects.toThrow('broken');
  expect(vi.getTimerCount()).toBe(0);
});

test('what never comes is an error when the time is over, and not before', async () => {
  let found: unknown = null;
  void inTime(never, 60_000, late).catch((error: unknown) => (found = error));
  await vi.advanceTimersByTimeAsync(59_999);
  expect(found).toBeNull();
  await vi.advanceTimersByTimeAsync(1);
  expect(found).toMatchObject({ message: 'late' });
  expect(vi.getTimerCount()).toBe(0);
});

test('time in which the program stands still does not count', async () => {
  let found: unknown = null;
  void inTime(never, 60_000, late).catch((error: unknown) => (found = error));
  await vi.advanceTimersByTimeAsync(59_000);
  // As on a page that was frozen: the clock has gone on, the last timer is due, and results come behind it.
  vi.setSystemTime(Date.now() + 3_600_000);
  await vi.advanceTimersByTimeAsync(3999);
  expect(found).toBeNull();
  await vi.advanceTimersByTimeAsync(1);
  expect(found).not.toBeNull();
});

test('timers that a browser throttles on a hidden page end the wait, later', async () => {
  let found: unknown = null;
  void inTime(never, 20_000, late).catch((error: unknown) => (found = error));
  for (let i = 0; i < 40; i++) {
    expect(found).toBeNull();
    vi.setSystemTime(Date.now() + 60_000);
    await vi.advanceTimersByTimeAsync(1000);
  }
  expect(found).not.toBeNull();
});

test('without a limit nothing is timed; a limit beyond the longest timer is none that fires at once', async () => {
  void inTime(never, Infinity, late);
  expect(vi.getTimerCount()).toBe(0);
  let found: unknown = null;
  void inTime(never, 1e12, late).catch((error: unknown) => (found = error));
  await vi.advanceTimersByTimeAsync(10_000_000);
  expect(found).toBeNull();
});
