import { expect, test } from 'vitest';

import { TargetError } from './errors.ts';
import { checkTarget, type DetectionTarget } from './targets.ts';

const size = [20, 30];

test.each<[string, unknown, RegExp]>([
  ['no object', null, /image 3: expected \{ boxes, labels \}/],
  ['no labels', { boxes: [] }, /image 3: expected \{ boxes, labels \}/],
  ['a row of three', { boxes: [[0, 0, 1]], labels: [1] }, /image 3, box 0: .* of 4 numbers, got 3/],
  ['a row of nothing', { boxes: [null], labels: [1] }, /image 3, box 0: .* got null/],
  ['numbers that are no rows', { boxes: new Float32Array(6), labels: [1] }, /got 6 in all/],
  ['too few labels', { boxes: [[0, 0, 1, 1]], labels: [] }, /a label for each of 1 boxes, got 0/],
  [
    'no width',
    {
      boxes: [
        [0, 0, 1, 1],
        [4, 4, 4, 9],
      ],
      labels: [1, 1],
    },
    /box 1: .* sides above 0/,
  ],
  [
    'corners exchanged',
    { boxes: [[9, 9, 1, 1]], labels: [1] },
    /box 0: .* least coordinates first/,
  ],
  ['NaN', { boxes: [[0, 0, NaN, 1]], labels: [1] }, /finite/],
  ['left of the image', { boxes: [[-1, 0, 5, 5]], labels: [1] }, /within the image of \[20, 30\]/],
  ['below the image', { boxes: [[0, 0, 5, 21]], labels: [1] }, /within the image of \[20, 30\]/],
  ['the background', { boxes: [[0, 0, 5, 5]], labels: [0] }, /got 0 \(0 is the background\)/],
  ['a class too many', { boxes: [[0, 0, 5, 5]], labels: [4] }, /label from 1 to 3, got 4/],
  ['half a class', { boxes: [[0, 0, 5, 5]], labels: [1.5] }, /label from 1 to 3, got 1.5/],
])('refuses %s', (_, target, message) => {
  const check = (): unknown => checkTarget(target as DetectionTarget, 3, size, 4);
  expect(check).toThrow(TargetError);
  expect(check).toThrow(message);
});

test.each<[string, unknown, RegExp]>([
  ['no masks', undefined, /a mask for each of 1 boxes, got none/],
  ['too many masks', [[], []], /a mask for each of 1 boxes, got 2/],
  [
    'a mask of another size',
    [new Uint8Array(8)],
    /box 0: expected a mask of the image's \[20, 30\], got 8/,
  ],
])('refuses %s where masks are learned', (_, masks, message) => {
  const target = { boxes: [[0, 0, 5, 5]], labels: [1], masks } as DetectionTarget;
  const needs = { masks: true, keypoints: null };
  expect(() => checkTarget(target, 2, size, 4, needs)).toThrow(TargetError);
  expect(() => checkTarget(target, 2, size, 4, needs)).toThrow(message);
  expect(checkTarget(target, 2, size, 4).masks).toBeNull();
});

test.each<[string, unknown, RegExp]>([
  ['no keypoints', undefined, /keypoints for each of 1 boxes, got none/],
  ['too few keypoints', [[[1, 2, 1]]], /box 0: expected 2 keypoints, got 1/],
  [
    'no visibility',
    [
      [
        [1, 2, 1],
        [3, 4],
      ],
    ],
    /box 0: expected keypoint 1 as \[x, y, visible\], got \[3, 4\]/,
  ],
])('refuses %s where keypoints are learned', (_, keypoints, message) => {
  const target = { boxes: [[0, 0, 5, 5]], labels: [1], keypoints } as DetectionTarget;
  const needs = { masks: false, keypoints: 2 };
  expect(() => checkTarget(target, 2, size, 4, needs)).toThrow(TargetError);
  expect(() => checkTarget(target, 2, size, 4, needs)).toThrow(message);
});

test('names image and box', () => {
  const found = new TargetError(7, 1, 'x');
  expect(() =>
    checkTarget(
      {
        boxes: [
          [0, 0, 1, 1],
          [5, 5, 5, 5],
        ],
        labels: [1, 1],
      },
      7,
      size,
      4,
    ),
  ).toThrow(expect.objectContaining({ image: found.image, index: found.index }));
});

test('takes rows, typed arrays, no boxes, and boxes up to the borders', () => {
  const boxes = Float32Array.of(0, 0, 30, 20);
  expect(checkTarget({ boxes, labels: [3] }, 0, size, 4).boxes).toEqual(boxes);
  expect(checkTarget({ boxes: [[0, 0, 30, 20]], labels: [3] }, 0, size, 4).boxes).toEqual(boxes);
  expect(checkTarget({ boxes: [], labels: [] }, 0, size, 4).labels).toHaveLength(0);
  expect(checkTarget({ boxes: [[2, 9]], labels: [1] }, 0, [10], 2).boxes).toHaveLength(2);
});

test('takes the masks and keypoints that loaders give', () => {
  const keypoints = Float32Array.of(1, 2, 2, 0, 0, 0);
  const masks = [new Uint8Array(600).fill(1, 0, 9)];
  const target = { boxes: Float32Array.of(0, 0, 5, 5), labels: Int32Array.of(1), masks, keypoints };
  const checked = checkTarget(target, 0, size, 4, { masks: true, keypoints: 2 });
  expect(checked.keypoints).toEqual(keypoints);
  expect(checked.masks).toEqual(Float32Array.from(masks[0]!));
  expect(() => checkTarget(target, 1, size, 4, { masks: false, keypoints: 3 })).toThrow(
    'target of image 1: expected keypoints for each of 1 boxes',
  );
  const none = { boxes: [], labels: [], masks: [], keypoints: new Float32Array() };
  const empty = checkTarget(none, 0, size, 4, { masks: true, keypoints: 2 });
  expect([empty.masks, empty.keypoints]).toEqual([new Float32Array(), new Float32Array()]);
});
