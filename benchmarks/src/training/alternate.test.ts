import { expect, test } from 'vitest';

import { alternate } from './alternate.ts';

test('steppers take turns, and the steps that warm them up do not count', async () => {
  const turns: string[] = [];
  const stepper = (name: string, ms: number) => ({
    steps: async (count: number) => {
      turns.push(name);
      return Array.from({ length: count }, (_, i) => (i === 0 ? 1000 : ms));
    },
  });
  const shares: number[] = [];
  const times = await alternate([stepper('a', 10), stepper('b', 20)], {
    rounds: 2,
    turn: 40,
    signal: new AbortController().signal,
    onRound: (share) => shares.push(share),
  });
  expect(turns.join('')).toBe('ababab');
  expect(times[0]).toEqual([Array(4).fill(10), Array(4).fill(10)]);
  expect(times[1]).toEqual([Array(3).fill(20), Array(3).fill(20)]);
  expect(shares).toEqual([0.5, 1]);
});

test('an interruption ends it between two turns', async () => {
  const abort = new AbortController();
  const stepper = { steps: async (count: number) => Array.from({ length: count }, () => 1) };
  const run = alternate([stepper], {
    rounds: 100,
    turn: 1,
    signal: abort.signal,
    onRound: () => abort.abort(),
  });
  await expect(run).rejects.toThrow('aborted');
});

test('a stepper beyond the patience is timed by its warming step, and the others take turns', async () => {
  const asked: string[] = [];
  const stepper = (name: string, ms: number) => ({
    steps: async (count: number) => {
      asked.push(`${name}${count}`);
      return Array.from({ length: count }, () => ms);
    },
  });
  const times = await alternate([stepper('slow', 5000), stepper('quick', 10)], {
    rounds: 2,
    turn: 20,
    leastSteps: 1,
    warmUp: 2,
    patience: 1000,
    signal: new AbortController().signal,
    onRound: () => undefined,
  });
  expect(asked).toEqual(['slow2', 'quick2', 'quick3', 'quick3']);
  expect(times).toEqual([
    [[5000]],
    [
      [10, 10],
      [10, 10],
    ],
  ]);
});
