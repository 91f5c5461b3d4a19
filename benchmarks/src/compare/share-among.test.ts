import { expect, test } from 'vitest';

import { shareAmong } from './share-among.ts';

const pause = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, milliseconds));

test('a worker that is free takes the next job', async () => {
  const done: string[] = [];
  const jobs = [60, 10, 10, 10];
  const results = shareAmong(['a', 'b'], jobs, async (worker, job) => {
    await pause(job);
    return `${worker}${job}`;
  });
  for await (const result of results) done.push(result);
  expect(done).toEqual(['b10', 'b10', 'b10', 'a60']);
});

test('no worker does two jobs at a time', async () => {
  let atWork = 0;
  let most = 0;
  const results = shareAmong([1, 2], [5, 5, 5, 5, 5], async (_, job) => {
    most = Math.max(most, ++atWork);
    await pause(job);
    atWork--;
  });
  for await (const _ of results);
  expect(most).toBe(2);
});

test('an error ends it, and no further job is begun', async () => {
  const begun: number[] = [];
  const results = shareAmong(['a'], [1, 2, 3], async (_, job) => {
    begun.push(job);
    if (job === 2) throw new Error('no');
    return job;
  });
  await expect(
    (async () => {
      for await (const _ of results);
    })(),
  ).rejects.toThrow('no');
  expect(begun).toEqual([1, 2]);
});
