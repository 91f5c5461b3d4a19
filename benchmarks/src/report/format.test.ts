import { expect, test } from 'vitest';

import {
  clock,
  count,
  digits,
  dimensions,
  duration,
  extents,
  fixed,
  percent,
  short,
} from './format.ts';

test('count groups thousands and shows a dash for nothing', () => {
  expect(count(61_706)).toBe('61,706');
  expect(count(11_764.7)).toBe('11,765');
  expect(count(null)).toBe('–');
});

test('short keeps three digits and moves to the next unit where rounding would give 1000', () => {
  expect(short(950)).toBe('950');
  expect(short(61_706)).toBe('61.7 k');
  expect(short(416_520)).toBe('417 k');
  expect(short(999_499)).toBe('999 k');
  expect(short(999_600)).toBe('1.00 M');
  expect(short(71_940_187)).toBe('71.9 M');
});

test('digits keeps about three', () => {
  expect(digits(0.1234)).toBe('0.123');
  expect(digits(1.234)).toBe('1.23');
  expect(digits(12.34)).toBe('12.3');
  expect(digits(123.4)).toBe('123');
  expect(digits(undefined)).toBe('–');
});

test('clock writes minutes and, where needed, hours', () => {
  expect(clock(0)).toBe('0:00');
  expect(clock(72.4)).toBe('1:12');
  expect(clock(3672)).toBe('1:01:12');
});

test('duration says which of the two they are', () => {
  expect(duration(72.4)).toBe('1:12 minutes');
  expect(duration(3599.4)).toBe('59:59 minutes');
  expect(duration(3599.6)).toBe('1:00:00 hours');
  expect(duration(35_956)).toBe('9:59:16 hours');
});

test('percent, fixed, dimensions and extents', () => {
  expect(percent(0.9912)).toBe('99.12 %');
  expect(percent(0.85, 0)).toBe('85 %');
  expect(fixed(1.236)).toBe('1.24');
  expect(dimensions(2)).toBe('2D');
  expect(extents([64, 1, 28, 28])).toBe('64×1×28×28');
});
