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
  expect(times[0]).toEqual(Array.from({ length: 8 }, () => 10));
  expect(times[1]).toEqual(Array.from({ length: 6 }, () => 20));
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
