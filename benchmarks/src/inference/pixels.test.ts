import { expect, test } from 'vitest';

import { largestDifference, requireSame } from './pixels.ts';

test('logits that differ by more than rounding, or are NaN, are refused', () => {
  const logits = [1, -20, 3];
  expect(largestDifference(logits, [1, -20, 3.01])).toBeCloseTo(0.0005, 9);
  expect(() => requireSame('peer', largestDifference(logits, [1, -20, 3.01]))).not.toThrow();
  for (const others of [
    [1, -20.1, 3],
    [1, Number.NaN, 3],
    [1, -20],
  ]) {
    const difference = largestDifference(logits, others);
    expect(() => requireSame('peer', difference)).toThrow("logits differ from peer's by");
  }
});
