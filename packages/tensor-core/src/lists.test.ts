import { expect, test } from 'vitest';
import { itemAt, reversed, spliced } from './lists.ts';

test('copies are what the methods of newer engines give, and the list stays', () => {
  const list = Object.freeze([1, 2, 3]);
  expect(spliced(list, 1, 1)).toEqual([1, 3]);
  expect(spliced(list, 1, 0, 7, 8)).toEqual([1, 7, 8, 2, 3]);
  expect(spliced(list, -1, 1, 9)).toEqual([1, 2, 9]);
  expect(reversed(list)).toEqual([3, 2, 1]);
});

test('items are counted from either end', () => {
  expect([0, 2, 3, -1, -3, -4].map((i) => itemAt([5, 6, 7], i))).toEqual([
    5,
    7,
    undefined,
    7,
    5,
    undefined,
  ]);
});
