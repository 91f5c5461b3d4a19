import { expect, test } from 'vitest';

import { ownTraining, trainingGrowth, type MeasuredTraining } from './training-growth.ts';

const spec = {
  model: 'lenet5',
  dims: 1,
  batch: 2,
  inputShape: [1, 32],
  numClasses: 3,
  threads: 1,
} as const;

test('a process trains, and tells its memory where the system does', async () => {
  const training = ownTraining('reference', 1, false);
  try {
    const growth = await trainingGrowth(training, spec);
    expect(growth !== null && growth > 0).toBe(process.platform === 'linux');
  } finally {
    training.close();
  }
});

test('growth is the peak over what was resident before', async () => {
  const asked: string[] = [];
  const training: MeasuredTraining = {
    build: async () => (asked.push('build'), 1),
    steps: async () => (asked.push('steps'), []),
    memory: async () => (asked.push('memory'), { resident: 100, peak: asked.length * 1000 }),
    close: () => undefined,
  };
  expect(await trainingGrowth(training, spec)).toBe(4000 - 100);
  expect(asked).toEqual(['memory', 'build', 'steps', 'memory']);
});
