import { expect, test } from 'vitest';

import { timingOf } from './timing.ts';

test('the median of an odd and of an even number of times', () => {
  expect(timingOf([3, 1, 100])).toEqual({ median: 3, min: 1 });
  expect(timingOf([4, 1, 2, 100])).toEqual({ median: 3, min: 1 });
});

test('no times are an error', () => {
  expect(() => timingOf([])).toThrow(RangeError);
});
