import { wasm } from '@convnet/backend-wasm';
import { expect, test } from 'vitest';

import { resultOf } from '../testing/suite-context.ts';
import { growth, memory } from './memory.ts';

const early = { step: 10, liveBuffers: 54, liveBytes: 1000, reservedBytes: 65_536 };

test('equal readings are no growth', () => {
  expect(growth(early, { ...early, step: 10_000 })).toBeNull();
});

test('growth is told with both readings', () => {
  const late = { ...early, step: 10_000, liveBuffers: 55, liveBytes: 1004 };
  expect(growth(early, late)).toBe(
    'from step 10 to step 10,000: 54 -> 55 live tensors, 1,000 -> 1,004 live bytes',
  );
});

test('a long training is compared with its early steps', async () => {
  const device = await wasm({ threads: 1 });
  const { rows, notes } = await resultOf(
    memory,
    { models: ['lenet5_relu'], steps: 20 },
    { device },
  );
  device.dispose();
  expect(rows).toHaveLength(1);
  expect(rows[0]).toMatchObject({
    model: 'lenet5_relu, long run',
    memory: { steps: 20 },
    peak: { yardstick: 'after step 10', ratio: 1 },
  });
  expect(rows[0]!.error).toBeUndefined();
  expect(notes[0]).toMatch(
    /^lenet5_relu, long run: after step 10 \d+ live tensors of [\d,]+ bytes/,
  );
});
