import { expect, test } from 'vitest';

import { exampleReport, exampleRow } from '../testing/rows.ts';
import { ratioChart } from './ratios.ts';

const chart = ratioChart('Time of others');
const beside = (model: string, name: string, median: number, interval?: [number, number]) =>
  exampleRow({
    model,
    dataset: null,
    ms: { median: 10, min: 9, interval: [8, 12.5] },
    peer: { name, version: '1.0', ms: { median, min: median, ...(interval && { interval }) } },
    ratio: median / 10,
  });
/** The places of the circles on the axis, without those of the key. */
const circles = (svg: string): number[] =>
  [...svg.matchAll(/<circle[^>]* cx="([\d.]+)"[^>]*><title>/g)].map(([, x]) => Number(x));

test('a point for each network and peer: to the right of the line where the peer takes longer', () => {
  const rows = [beside('vgg11', 'a', 20), beside('vgg11', 'b', 5), beside('lenet5', 'a', 40)];
  const svg = chart.draw(exampleReport(rows)) as string;
  const equal = Number(/class="front" x1="([\d.]+)"/.exec(svg)![1]);
  const [twice, fourTimes, half] = circles(svg);
  expect(twice! - equal).toBeCloseTo(equal - half!, 0);
  expect(fourTimes! - equal).toBeCloseTo(2 * (twice! - equal), 0);
  expect(svg).toContain('a 1.0: geometric mean 2.83 (2.00 to 4.00)');
  expect(svg.match(/vgg11 2D<\/text>/g)).toHaveLength(1);
});

test('a line shows what the intervals of both medians allow', () => {
  const rows = [beside('vgg11', 'a', 20, [16, 25])];
  const svg = chart.draw(exampleReport(rows)) as string;
  const [, low, high] = /class="error" x1="([\d.]+)" x2="([\d.]+)"/.exec(svg)!.map(Number);
  const [x] = circles(svg);
  expect(low!).toBeLessThan(x!);
  expect(high! - x!).toBeGreaterThan(x! - low!);
  expect(chart.draw(exampleReport([beside('vgg11', 'a', 20)]))).not.toContain('class="error"');
});

test('rows without a peer give no picture', () => {
  expect(chart.draw(exampleReport([exampleRow()]))).toBeUndefined();
});
