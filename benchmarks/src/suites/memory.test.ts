import { expect, test } from 'vitest';

import { growth } from './memory.ts';

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
