import { expect, test } from 'vitest';

import { placeLabels, type PlacedLabel } from './label-placement.ts';

const area = { width: 400, height: 200, fontSize: 10 };
const radius = 5;

test('a lone label stands right of its point', () => {
  const [label] = placeLabels([{ x: 100, y: 100, radius, text: 'lenet5' }], area);
  expect(label!.x).toBeGreaterThan(105);
  expect(label!.y).toBe(100);
});

test('a label that would leave the area stands left of its point', () => {
  const [label] = placeLabels([{ x: 395, y: 100, radius, text: 'lenet5' }], area);
  expect(label!.align).toBe('right');
  expect(label!.x).toBeLessThan(390);
});

test('labels of close points do not cover each other', () => {
  const points = [100, 104, 108].map((y) => ({ x: 100, y, radius, text: 'lenet5_relu' }));
  const labels = placeLabels(points, area);
  const width = 'lenet5_relu'.length * 10 * 0.58;
  const leftOf = ({ x, align }: PlacedLabel): number =>
    x - width * { left: 0, center: 0.5, right: 1 }[align];
  for (const [i, a] of labels.entries()) {
    for (const b of labels.slice(i + 1)) {
      const apart = Math.abs(leftOf(a) - leftOf(b)) >= width || Math.abs(a.y - b.y) >= 12;
      expect(apart, `${a.x},${a.y} and ${b.x},${b.y}`).toBe(true);
    }
  }
});

test('a label stands off the edge of a large point, and says that it covers nothing', () => {
  const [label] = placeLabels([{ x: 100, y: 100, radius: 30, text: 'lenet5' }], area);
  expect(label!.x).toBeGreaterThan(130);
  expect(label!.covers).toBe(0);
});

test('points stay in sight, also those that come later and have no names', () => {
  const hidden = { x: 130, y: 100, radius };
  const points = [{ x: 100, y: 100, radius, text: 'efficientnet_b0' }];
  const [label] = placeLabels(points, { ...area, others: [hidden] });
  expect(label!.align === 'left' && Math.abs(label!.y - hidden.y) < 11).toBe(false);
});

test('where there is no room, a label says how much it covers', () => {
  const crowd = Array.from({ length: 400 }, (_, i) => ({
    x: 10 * (i % 40),
    y: 20 * Math.floor(i / 40),
    radius,
  }));
  const [label] = placeLabels([{ x: 200, y: 100, radius, text: 'lenet5' }], {
    ...area,
    others: crowd,
  });
  expect(label!.covers).toBeGreaterThan(0.2);
});
