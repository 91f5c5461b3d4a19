import { Generator } from '@convnet/tensor-core';
import { describe, expect, test } from 'vitest';

import { AnchorGenerator } from '../proposals/anchor-generator.ts';
import { topPositions } from '../proposals/top-positions.ts';
import { balancedSample } from './balanced-sample.ts';
import { BoxCoder } from './box-coder.ts';
import { boxIou } from './boxes.ts';
import { background, between, Matcher } from './matcher.ts';

describe('anchors', () => {
  test('are rounded, halves to even, and centred on 0', () => {
    // torchvision: AnchorGenerator(((32,),), ((0.5, 1.0, 2.0),)).cell_anchors.
    const anchors = new AnchorGenerator(2, { sizes: [[32]] });
    expect([...anchors.anchors([64, 64], [[1, 1]])[0]!]).toEqual([
      -23, -11, 23, 11, -16, -16, 16, 16, -11, -23, 11, 23,
    ]);
    expect([...new AnchorGenerator(1, { sizes: [[5, 7]] }).anchors([8], [[1]])[0]!]).toEqual([
      -2, 2, -4, 4,
    ]);
  });

  test('walk the grid by whole strides, the last axis fastest', () => {
    const anchors = new AnchorGenerator(2, { sizes: [[2]], aspectRatios: [[1]] });
    expect([...anchors.anchors([10, 7], [[2, 2]])[0]!]).toEqual([
      -1, -1, 1, 1, 2, -1, 4, 1, -1, 4, 1, 6, 2, 4, 4, 6,
    ]);
  });

  test('need a list of sizes for each map', () => {
    const anchors = new AnchorGenerator(1, { sizes: [[2], [4]] });
    expect(() => anchors.anchors([8], [[4]])).toThrow('expected 2 feature maps');
  });
});

describe('box coder', () => {
  const references = Float32Array.of(0, 0, 10, 20, 5, 5, 9, 9);
  const boxes = Float32Array.of(2, 3, 9, 28, 1, 4, 12, 8);

  test('decodes what it encoded', () => {
    const coder = new BoxCoder([10, 10, 5, 5]);
    const decoded = coder.decode(coder.encode(boxes, references), references);
    boxes.forEach((value, i) => expect(decoded[i]).toBeCloseTo(value, 5));
    const line = new BoxCoder([1, 1]);
    const [begin, end] = line.decode(
      line.encode(Float32Array.of(2, 9), Float32Array.of(0, 4)),
      Float32Array.of(0, 4),
    );
    expect(begin).toBeCloseTo(2, 5);
    expect(end).toBeCloseTo(9, 5);
  });

  test('grows sides 62.5 times at most', () => {
    const decoded = new BoxCoder([1, 1]).decode(Float32Array.of(0, 99), Float32Array.of(0, 2));
    expect(decoded[1]! - decoded[0]!).toBeCloseTo(125, 3);
  });
});

describe('matcher', () => {
  // Two boxes, five candidates.
  const ious = Float32Array.of(0.8, 0.5, 0.1, 0.4, 0, 0.2, 0.6, 0.1, 0.4, 0);

  test('tells objects, background, and what lies between', () => {
    const matcher = new Matcher({ high: 0.7, low: 0.3 });
    expect([...matcher.match(ious, 2, 5)]).toEqual([0, between, background, between, background]);
  });

  test('gives each box what overlaps it most, ties included', () => {
    const matcher = new Matcher({ high: 0.9, low: 0.3, allowLowQuality: true });
    const tied = Float32Array.of(0.5, 0.5, 0.2);
    expect([...matcher.match(tied, 1, 3)]).toEqual([0, 0, background]);
    expect([...matcher.match(ious, 2, 5)]).toEqual([0, 1, background, between, background]);
  });

  test('finds background where there are no boxes', () => {
    const matcher = new Matcher({ high: 0.5, low: 0.5, allowLowQuality: true });
    expect([...matcher.match(new Float32Array(), 0, 3)]).toEqual([-1, -1, -1]);
  });

  test('refuses thresholds that cross', () => {
    expect(() => new Matcher({ high: 0.3, low: 0.5 })).toThrow('expected low ≤ high');
  });
});

test('overlap of boxes and of intervals', () => {
  expect([
    ...boxIou(Float32Array.of(0, 0, 2, 2), Float32Array.of(1, 0, 3, 2, 4, 4, 5, 5), 2),
  ]).toEqual([Math.fround(1 / 3), 0]);
  expect([...boxIou(Float32Array.of(0, 4), Float32Array.of(2, 6), 1)]).toEqual([
    Math.fround(1 / 3),
  ]);
});

test('samples are balanced, drawn without replacement, and filled with background', () => {
  const labels = Array.from({ length: 100 }, (_, i) => (i < 20 ? 2 : i < 30 ? -1 : 0));
  const { positive, negative } = balancedSample(labels, 40, 0.25, new Generator(0));
  expect(positive).toHaveLength(10);
  expect(negative).toHaveLength(30);
  expect(new Set([...positive, ...negative]).size).toBe(40);
  expect(positive.every((i) => i < 20)).toBe(true);
  expect(negative.every((i) => i >= 30)).toBe(true);
  const few = balancedSample([1, 0, 0], 40, 0.25, new Generator(0));
  expect([[...few.positive], [...few.negative]]).toEqual([[0], [1, 2]]);
  const draws = new Set(
    Array.from({ length: 20 }, (_, seed) =>
      balancedSample(labels, 4, 0.5, new Generator(seed)).positive.join(),
    ),
  );
  expect(draws.size).toBeGreaterThan(10);
});

test('the greatest of a range, of equals the first', () => {
  const values = Float32Array.of(9, 1, 5, 3, 5, 5, 8);
  expect(topPositions(values, 3, 1, 6)).toEqual([2, 4, 5]);
  expect(topPositions(values, 2, 1, 6)).toEqual([2, 4]);
  expect(topPositions(values, 99)).toEqual([0, 6, 2, 4, 5, 3, 1]);
});
