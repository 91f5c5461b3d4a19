import { expect, test } from 'vitest';

import { shareAmong } from './share-among.ts';

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('a worker that is free takes the next job', async () => {
  const done: string[] = [];
  let endLongJob = (): void => undefined;
  const othersDone = new Promise<void>((resolve) => (endLongJob = resolve));
  const results = shareAmong(['a', 'b'], ['long', 1, 2, 3], async (worker, job) => {
    await (job === 'long' ? othersDone : turn());
    return `${worker} ${job}`;
  });
  for await (const result of results) {
    done.push(result);
    if (done.length === 3) endLongJob();
  }
  expect(done).toEqual(['b 1', 'b 2', 'b 3', 'a long']);
});

test('no worker does two jobs at a time', async () => {
  let atWork = 0;
  let most = 0;
  const results = shareAmong([1, 2], [1, 2, 3, 4, 5], async () => {
    most = Math.max(most, ++atWork);
    await turn();
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
