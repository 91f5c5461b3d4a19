import { describe, expect, test } from 'vitest';

import { digitOf, inkOf, type Ink } from './digit-image.ts';

/** A field with a filled rectangle. */
function rectangle(
  [width, height]: readonly [number, number],
  [left, top, right, bottom]: readonly [number, number, number, number],
): Ink {
  const values = Float32Array.from({ length: width * height }, (_, i) => {
    const [x, y] = [i % width, Math.floor(i / width)];
    return Number(x >= left && x < right && y >= top && y < bottom);
  });
  return { width, height, values };
}

/** Rows and columns of a digit that have ink. */
function extentOf(digit: Float32Array): readonly number[] {
  const filled = Array.from(digit.keys()).filter((i) => digit[i]! > 0.5);
  const rows = filled.map((i) => Math.floor(i / 28));
  const columns = filled.map((i) => i % 28);
  return [Math.min(...columns), Math.min(...rows), Math.max(...columns), Math.max(...rows)];
}

describe('a digit as MNIST has them', () => {
  test.each([
    ['large, in a corner', [280, 280], [0, 0, 100, 200]],
    ['small, in the other corner', [280, 280], [270, 260, 280, 280]],
    ['in a field that is no square', [100, 400], [20, 100, 70, 200]],
  ] as const)('%s: 20 high, in the middle, its shape kept', (_, size, place) => {
    expect(extentOf(digitOf(rectangle(size, place))!)).toEqual([9, 4, 18, 23]);
  });

  test('its centre of mass is in the middle, not that of its box', () => {
    // A T: more ink above.
    const bar = rectangle([100, 100], [20, 20, 80, 30]);
    const stem = rectangle([100, 100], [42, 30, 58, 80]);
    const values = bar.values.map((value, i) => value + stem.values[i]!);
    const digit = digitOf({ width: 100, height: 100, values })!;
    const mass = digit.reduce((sum, value) => sum + value, 0);
    const y = digit.reduce((sum, value, i) => sum + value * (Math.floor(i / 28) + 0.5), 0) / mass;
    expect(y).toBeCloseTo(14, 1);
    expect(extentOf(digit)[1]).toBeGreaterThan(4);
  });

  test('nothing where there is no ink', () => {
    expect(digitOf(rectangle([20, 20], [0, 0, 0, 0]))).toBeNull();
  });
});

describe('ink in a picture', () => {
  const pictureOf = (grey: (i: number) => number, alpha = 255): number[] =>
    Array.from({ length: 100 }, (_, i) => [grey(i), grey(i), grey(i), alpha]).flat();

  test.each([
    ['dark on light', 230, 20],
    ['light on dark', 10, 250],
  ])('%s', (_, ground, pen) => {
    const { values } = inkOf(
      pictureOf((i) => (i === 44 ? pen : ground)),
      10,
      10,
    );
    expect(values[44]).toBe(1);
    expect(values.reduce((sum, value) => sum + value, 0)).toBe(1);
  });

  test('paper that is not quite even has none', () => {
    const { values } = inkOf(
      pictureOf((i) => 200 + (i % 7)),
      10,
      10,
    );
    expect(values.every((value) => value === 0)).toBe(true);
  });

  test('what is transparent lies on white', () => {
    const rgba = pictureOf(() => 0, 0);
    rgba[4 * 55 + 3] = 255;
    expect(inkOf(rgba, 10, 10).values[55]).toBe(1);
  });
});
