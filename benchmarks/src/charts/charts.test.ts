import { expect, test } from 'vitest';

import { families } from '../architectures/members.ts';
import { exampleReport, exampleRow, failedRow } from '../testing/rows.ts';
import { logScale, shareScale, shortNumber } from './axes.ts';
import { barChart } from './bars.ts';
import { curveChart } from './curves.ts';
import { coloursOf, familyOfModel } from './families.ts';
import { paretoFront, pointsOf } from './points.ts';
import { intensityOf, rateOf, roofAt, roofline } from './roofline.ts';
import { staticChart } from './static-chart.ts';

const front = (points: readonly [number, number][]) =>
  paretoFront(
    points,
    ([cost]) => cost,
    ([, gain]) => gain,
  );

test('the front has what nothing surpasses at the same or a smaller cost', () => {
  expect(
    front([
      [3, 0.7],
      [1, 0.5],
      [2, 0.4],
      [1, 0.6],
      [4, 0.7],
      [5, 0.9],
    ]),
  ).toEqual([
    [1, 0.6],
    [3, 0.7],
    [5, 0.9],
  ]);
  expect(front([])).toEqual([]);
});

test('rows without accuracy have no point; one seed has no spread', () => {
  const points = pointsOf([
    failedRow('NaN'),
    exampleRow({ accuracies: [0.98, 0.99] }),
    exampleRow({ model: 'resnet18 (width 16)', dims: 1 }),
  ]);
  expect(points.map(({ index, family, panel, seeds }) => [index, family, panel, seeds])).toEqual([
    [1, 'lenet', 'mnist 2D', 2],
    [2, 'resnet', 'mnist 1D', 1],
  ]);
  expect(points[0]!.spread).toBeCloseTo(0.00707, 5);
  expect(points[1]!.spread).toBeNull();
  expect(points[0]!.flops).toBe(2 * 416_520);
});

test('error bars end where accuracies do', async () => {
  const svg = await staticChart({
    rows: [
      exampleRow({ accuracy: 0.95, accuracies: [0.86, 0.99, 1] }),
      exampleRow({ model: 'vgg11', accuracy: 0.05, accuracies: [0.15, 0, 0] }),
    ],
  });
  const grid = [...svg.matchAll(/class="grid" x1="62" x2="\d+" y1="([\d.]+)"/g)].map(([, at]) =>
    Number(at),
  );
  const bars = [...svg.matchAll(/class="error" d="M[\d.]+,([\d.]+)h8m-4,0V([\d.]+)m/g)];
  expect(bars).toHaveLength(2);
  const ends = bars.flatMap(([, top, bottom]) => [Number(top), Number(bottom)]);
  // The uppermost line of the grid is that of 100 %, the lowest that of 0.
  expect(Math.min(...ends)).toBeCloseTo(Math.min(...grid), 0);
  expect(Math.max(...ends)).toBeCloseTo(Math.max(...grid), 0);
});

test('the family of a model that was not compared by families follows from its name', () => {
  const models = ['googlenet', 'inception_v3', 'vgg11_bn (width 16)', 'nin_cifar10', 'lenet5'];
  expect(models.map(familyOfModel)).toEqual(['inception', 'inception', 'vgg', 'nin', 'lenet']);
});

test('every family has a colour of its own, which does not depend on the others', () => {
  const all = coloursOf(families);
  expect(new Set(all.values()).size).toBe(families.length);
  expect(coloursOf(['vgg', 'nin'])).toEqual(
    new Map([
      ['vgg', all.get('vgg')],
      ['nin', all.get('nin')],
    ]),
  );
});

test('axes keep room beyond the values and name round numbers', () => {
  const x = logScale([2e5, 4e8], 100, 900);
  expect(x(2e5)).toBeGreaterThan(110);
  expect(x(4e8)).toBeLessThan(890);
  expect(x.ticks.map(({ text }) => text)).toEqual(['1M', '10M', '100M']);
  const y = shareScale([0.42, 0.81], 400, 0);
  expect(y(0.81)).toBeLessThan(y(0.42));
  expect(y.ticks.map(({ text }) => text)).toContain('60 %');
  expect([999, 61_706, 2.5e9].map(shortNumber)).toEqual(['999', '61.7k', '2.5G']);
});

/** Places and radii of the circles of models, in the order of the rows. */
async function circles(rows: Parameters<typeof pointsOf>[0]) {
  const svg = await staticChart(exampleReport(rows));
  const found = [
    ...svg.matchAll(/cx="([\d.]+)" cy="([\d.]+)" r="([\d.]+)"[^>]*data-index="(\d+)"/g),
  ];
  return found
    .map(([, x, y, r, index]) => ({
      x: Number(x),
      y: Number(y),
      r: Number(r),
      index: Number(index),
    }))
    .toSorted((a, b) => a.index - b.index);
}

test('a point with more FLOPs stands further right, one with greater accuracy higher; areas are parameters', async () => {
  const [small, large] = await circles([
    exampleRow({ model: 'small', macs: 1e5, accuracy: 0.9, params: 1e6 }),
    exampleRow({ model: 'large', macs: 1e7, accuracy: 0.99, params: 4e6 }),
  ]);
  expect(large!.x).toBeGreaterThan(small!.x + 200);
  expect(large!.y).toBeLessThan(small!.y - 80);
  expect(large!.r / small!.r).toBeCloseTo(2, 1);
});

test('the picture has a panel for each set and rank, names, error bars, and follows dark pages', async () => {
  const svg = await staticChart(
    exampleReport([
      exampleRow({ accuracies: [0.98, 0.99] }),
      exampleRow({ model: 'a <b>', dims: 1, accuracy: 1 }),
      failedRow('NaN'),
    ]),
  );
  expect(svg).toMatch(/^<svg [^>]*xmlns="http:\/\/www.w3.org\/2000\/svg"/);
  for (const text of [
    '>lenet5</text>',
    '>a &lt;b&gt;</text>',
    '>mnist 2D</text>',
    '>mnist 1D</text>',
  ]) {
    expect(svg).toContain(text);
  }
  expect(svg.match(/class="error"/g)).toHaveLength(1);
  expect(svg.match(/class="dot single"/g)).toHaveLength(1);
  expect(svg).toContain('prefers-color-scheme:dark');
  expect(svg).not.toMatch(/NaN|Infinity|undefined/);
});

test('bars come with the shortest first, and curves name the best at their ends', () => {
  const colours = coloursOf(['lenet', 'vgg']);
  const bar = (name: string, value: number) => ({
    index: 0,
    name,
    family: 'lenet',
    backend: 'wasm',
    value,
  });
  const { svg } = barChart([bar('slow', 9), bar('fast', 0.3)], {
    width: 900,
    colours,
    namesBackends: false,
  });
  expect(svg.indexOf('>fast<')).toBeLessThan(svg.indexOf('>slow<'));
  const curve = (name: string, index: number, accuracy: number) => ({
    index,
    name,
    family: 'vgg',
    values: [[1, 0.1] as const, [2, accuracy] as const],
  });
  const lines = curveChart([curve('worse', 0, 0.5), curve('better', 1, 0.6)], {
    width: 900,
    height: 400,
    title: 'Passes',
    colours,
  });
  expect(lines.match(/class="curve"/g)).toHaveLength(2);
  expect(lines.indexOf('>better<')).toBeLessThan(lines.indexOf('>worse<'));
  expect(svg + lines).not.toMatch(/NaN|Infinity|undefined/);
});

test('a layer stands at its intensity and speed under the roof, which bends where bytes and products meet', () => {
  const layer = {
    index: 7,
    path: 'conv1',
    count: 2,
    kind: 'convolution',
    inputShape: [8, 3, 32, 32],
    macs: 4e6,
    bytes: 1e6,
    ms: 1,
  } as const;
  const roof = { limitGmacs: 40, bandwidth: { best: 10, ofLargest: 1 } };
  expect([intensityOf(layer), rateOf(layer)]).toEqual([4, 4]);
  expect([1, 4, 100].map((intensity) => roofAt(intensity, roof))).toEqual([10, 40, 40]);
  const small = {
    ...layer,
    index: 8,
    count: 1,
    kind: 'depthwise',
    macs: 1e5,
    bytes: 1e6,
    ms: 0.5,
  } as const;
  const svg = roofline([small, layer], roof, { width: 1000, height: 500 });
  const circles = [
    ...svg.matchAll(/<circle [^>]*cx="([\d.]+)" cy="([\d.]+)" r="([\d.]+)"[^>]*data-index="(\d)"/g),
  ];
  const [first, second] = circles.map(([, x, y, r, index]) => ({ x: +x!, y: +y!, r: +r!, index }));
  // The greater one below the other; more MACs a byte to the right, more speed above.
  expect([first!.index, second!.index]).toEqual(['7', '8']);
  expect(first!.x).toBeGreaterThan(second!.x);
  expect(first!.y).toBeLessThan(second!.y);
  // A quarter of the time: once, not twice, and half as long.
  expect(first!.r / second!.r).toBeCloseTo(2, 1);
  expect(svg).toContain('best matrix product: 40 GMAC/s');
  expect(svg).toContain('sums in caches: 10 GB/s');
  expect(svg).toContain('sums beyond: 1 GB/s');
});
