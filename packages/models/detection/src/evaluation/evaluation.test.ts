import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';

import { cocoMetrics } from './coco.ts';
import type { Truth } from './truth.ts';
import { vocMetrics } from './voc.ts';

interface ImageFixture extends Truth {
  readonly boxes: number[][];
  readonly labels: number[];
  readonly found: number[][];
  readonly names: number[];
  readonly scores: number[];
}

interface SetFixture {
  readonly images: readonly ImageFixture[];
  readonly coco: readonly number[];
  readonly perClass: Readonly<Record<string, number>>;
  readonly intervals: readonly number[];
  readonly voc: Readonly<Record<string, number>>;
  readonly voc07: Readonly<Record<string, number>>;
  readonly vocInclusive: Readonly<Record<string, number>>;
}

// Written by scripts/fixtures/evaluation.py with pycocotools 2.0.11.
const file = join(import.meta.dirname, '..', '..', 'fixtures', 'evaluation', 'coco.json');
const sets = JSON.parse(readFileSync(file, 'utf8')) as SetFixture[];

/** In double precision: what `detect` gives is in single. */
function detectionsOf(images: readonly ImageFixture[], sides: readonly number[] = [0, 1, 2, 3]) {
  return images.map(({ found, names, scores }) => ({
    boxes: Float64Array.from(found.flatMap((box) => sides.map((side) => box[side]!))),
    labels: Int32Array.from(names),
    scores,
  }));
}

function near(got: number, expected: number): void {
  expect(Math.abs(got - expected)).toBeLessThan(1e-6);
}

describe.each(sets.map((set, i) => [i, set] as const))('random set %i', (_, set) => {
  test('has COCO metrics as pycocotools has them', () => {
    const metrics = cocoMetrics(detectionsOf(set.images), set.images);
    const { perClass, ...numbers } = metrics;
    expect(Object.keys(numbers)).toHaveLength(12);
    Object.values(numbers).forEach((value, i) => near(value, set.coco[i]!));
    expect([...perClass.keys()].map(String)).toEqual(Object.keys(set.perClass));
    for (const [label, value] of perClass) near(value, set.perClass[label]!);
  });

  test('has interval metrics as pycocotools has them for boxes of one height', () => {
    const truths = set.images.map(({ boxes, labels, crowd }) => ({
      boxes: boxes.map(([x1, , x2]) => [x1!, x2!]),
      labels,
      ...(crowd && { crowd }),
    }));
    const metrics = cocoMetrics(detectionsOf(set.images, [0, 2]), truths, { dims: 1 });
    const { map, map50, map75, mar1, mar10, mar100 } = metrics;
    expect(map).toBeGreaterThanOrEqual(0);
    [map, map50, map75, mar1, mar10, mar100].forEach((value, i) => near(value, set.intervals[i]!));
  });

  test('has VOC metrics by the rules of its development kit', () => {
    const detections = detectionsOf(set.images);
    for (const [expected, options] of [
      [set.voc, {}],
      [set.voc07, { use07Metric: true }],
      [set.vocInclusive, { iouThreshold: 0.4, inclusive: true }],
    ] as const) {
      const { map, perClass } = vocMetrics(detections, set.images, options);
      expect([...perClass.keys()].map(String)).toEqual(Object.keys(expected));
      for (const [label, value] of perClass) near(value, expected[label]!);
      const values = Object.values(expected);
      near(map, values.reduce((a, b) => a + b, 0) / values.length);
    }
  });
});

test('nothing to measure', () => {
  const none = { boxes: new Float32Array(), labels: new Int32Array(), scores: new Float32Array() };
  const { map, mar100 } = cocoMetrics([none], [{ boxes: [], labels: [] }]);
  expect([map, mar100]).toEqual([-1, -1]);
  expect(vocMetrics([none], [{ boxes: [], labels: [] }]).map).toBeNaN();
});

test('what does not pair is refused', () => {
  expect(() => cocoMetrics([], [{ boxes: [], labels: [] }])).toThrow(
    'of the same images, got 0 and 1',
  );
  const wrong = {
    boxes: new Float32Array(4),
    labels: new Int32Array(1),
    scores: new Float32Array(),
  };
  expect(() => vocMetrics([wrong], [{ boxes: [], labels: [] }])).toThrow('a score for each of 1');
  expect(() => cocoMetrics([], [], { dims: 3 as never })).toThrow('dims');
});
