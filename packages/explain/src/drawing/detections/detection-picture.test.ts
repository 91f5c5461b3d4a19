import { ArgumentError, ShapeError } from '@convnet/tensor-core';
import sharp from 'sharp';
import { describe, expect, test } from 'vitest';

import { toPng } from '../../png/to-png.ts';
import { categorical } from '../colours.ts';
import { detectionPicture, type DetectionPictureOptions } from './detection-picture.ts';
import type { DrawnObjects } from './objects.ts';

const black = { data: new Float32Array(3 * 20 * 40), shape: [3, 20, 40] };
const flat = { data: new Float32Array(100), shape: [1, 100] };
const classes = ['background', 'a<b', 'c'];

/** The colours of places [x, y] in a picture that has no margin of its own but the usual one of 20. */
async function coloursAt(svg: string, places: readonly (readonly number[])[]): Promise<string[]> {
  const png = await toPng(svg, { scale: 1 });
  const { data, info } = await sharp(png).removeAlpha().raw().toBuffer({ resolveWithObject: true });
  return places.map(([x, y]) => {
    const at = ((y! + 20) * info.width + x! + 20) * 3;
    const hex = [...data.subarray(at, at + 3)].map((value) => value.toString(16).padStart(2, '0'));
    return `#${hex.join('')}`;
  });
}

describe('images', () => {
  const options: DetectionPictureOptions = { width: 400 };

  test('boxes lie where they are, in the colour of their class, cut at the borders', async () => {
    const svg = await detectionPicture(
      black,
      { boxes: Float32Array.of(10, 5, 20, 15, -5, -5, 3, 3), labels: [1, 2] },
      options,
    );
    const [first, second] = [categorical(1).colour, categorical(2).colour];
    // 10 units a pixel: the left and lower sides of the first box, its inside, the right side of the second.
    expect(
      await coloursAt(svg, [
        [100, 80],
        [150, 150],
        [150, 100],
        [30, 22],
      ]),
    ).toEqual([first, first, '#000000', second]);
  });

  test('tags have class and score, lie inside the picture and beside each other', async () => {
    const found = {
      boxes: [
        [0, 0, 20, 10],
        [0, 0, 20, 10],
        [39, 10, 40, 20],
      ],
      labels: Int32Array.of(1, 2, 1),
      scores: Float32Array.of(0.987, 0.5, 0.3),
    };
    const svg = await detectionPicture(black, found, { ...options, classes, title: 'x&y' });
    expect(svg).toContain('>a&lt;b 99 %<');
    expect(svg).toContain('>c 50 %<');
    expect(svg).toContain('x&amp;y');
    const tags = [...svg.matchAll(/<rect x="([\d.]+)" y="([\d.]+)" width="([\d.]+)" height="16"/g)];
    const boxes = tags.map(([, ...numbers]) => numbers.map(Number) as [number, number, number]);
    expect(boxes).toHaveLength(3);
    for (const [x, y, width] of boxes) {
      expect(x + width).toBeLessThanOrEqual(420);
      expect(y).toBeGreaterThanOrEqual(50);
    }
    expect(Math.abs(boxes[0]![1] - boxes[1]![1])).toBeGreaterThanOrEqual(16);
    const sure = await detectionPicture(black, found, { ...options, minScore: 0.4 });
    expect(sure).toContain('>2 50 %<');
    expect(sure).not.toContain('30 %');
  });

  test('masks have an edge; true ones nothing else', async () => {
    const mask = Float32Array.from({ length: 800 }, (_, i) =>
      i % 40 >= 10 && i % 40 < 20 && i >= 200 && i < 600 ? 0.6 : 0.4,
    );
    const boxes = [[0, 0, 40, 20]];
    const drawn = (found: DrawnObjects, more: DetectionPictureOptions = {}): Promise<string> =>
      detectionPicture(black, found, { ...options, ...more });
    const places = [
      [105, 55],
      [150, 100],
      [250, 100],
    ];
    const { colour } = categorical(1);
    const found = await coloursAt(await drawn({ boxes, masks: [mask] }), places);
    expect(found[0]).toBe(colour);
    expect(found[1]).toMatch(/^#6[78]47?00$|^#6[6-9]4[6-8]00$/);
    expect(found[2]).toBe('#000000');
    const whole = { full: (): Float32Array => mask };
    expect(await coloursAt(await drawn({ boxes, masks: [whole] }), places)).toEqual(found);
    const truth = { boxes, masks: [mask] };
    const edges = await coloursAt(await drawn({ boxes: [] }, { truth }), places);
    expect(edges).toEqual([colour, '#000000', '#000000']);
    const strict = await drawn({ boxes, masks: [mask] }, { maskThreshold: 0.7 });
    expect(await coloursAt(strict, places)).toEqual(['#000000', '#000000', '#000000']);
  });

  test('keypoints that are visible, joined by lines, in rows or in one list', async () => {
    const boxes = [
      [0, 0, 20, 20],
      [20, 0, 40, 20],
    ];
    const rows = [
      [
        [5, 10, 1],
        [15, 10, 1],
      ],
      [
        [25, 10, 1],
        [35, 10, 0],
      ],
    ];
    const skeleton = [[0, 1]] as const;
    const svg = await detectionPicture(black, { boxes, keypoints: rows }, { ...options, skeleton });
    expect(svg.match(/<circle/g)).toHaveLength(3);
    expect(svg.match(/<line/g)).toHaveLength(2);
    const { colour } = categorical(undefined);
    expect(
      await coloursAt(svg, [
        [50, 100],
        [100, 100],
        [300, 100],
      ]),
    ).toEqual([colour, colour, '#000000']);
    for (const keypoints of [rows.flat(2), rows.flat(), rows.map((own) => own.flat())]) {
      expect(await detectionPicture(black, { boxes, keypoints }, { ...options, skeleton })).toBe(
        svg,
      );
    }
  });
});

describe('signals', () => {
  test('intervals, points, samples and truth', async () => {
    const svg = await detectionPicture(
      flat,
      {
        boxes: [
          [20, 40],
          [60, 80],
        ],
        labels: [1, 2],
        masks: [
          Float32Array.from({ length: 100 }, (_, i) => Number(i >= 20 && i < 30)),
          new Float32Array(100),
        ],
        keypoints: [[[30, 1]], [[70, 0]]],
      },
      { classes, width: 500, truth: { boxes: [[50, 100]], labels: [2], keypoints: [[[75, 1]]] } },
    );
    for (const text of ['>a&lt;b<', '>c<', '>samples<', '>truth<', '>100<']) {
      expect(svg).toContain(text);
    }
    // One row of tags of 18, a signal of 120, and rows from 6 below it on, of 10 and 5 between.
    const [row, truth] = [18 + 120 + 6 + 5, 18 + 120 + 6 + 15 + 5];
    const { colour: first } = categorical(1);
    const { colour: second } = categorical(2);
    const found = await coloursAt(svg, [
      [120, row],
      [170, row],
      [200, truth],
      [300, truth],
    ]);
    expect(found[1]).toBe('#ffffff');
    expect(found.slice(2)).toEqual(['#ffffff', second]);
    expect(found[0]).not.toBe('#ffffff');
    // Lines at begin and end, and one at the point.
    const lines = [...svg.matchAll(/<line x1="([\d.]+)"[^>]*stroke="(#\w+)"/g)];
    const at = (colour: string): number[] =>
      lines.filter(([, , own]) => own === colour).map(([, x]) => Number(x) - 20);
    expect(at(first)).toEqual([100, 200, 150]);
    expect(at(second)).toEqual([300, 400]);
  });

  test('tags that would lie on each other have rows of their own', async () => {
    const rows = Array.from({ length: 12 }, (_, i) => [10 + i, 30 + i]);
    const labels = rows.map(() => 1);
    const svg = await detectionPicture(flat, { boxes: rows, labels }, { classes });
    const tops = [...svg.matchAll(/y="([\d.]+)" width="[\d.]+" height="16"/g)].map(([, y]) => y);
    expect(new Set(tops).size).toBeGreaterThan(2);
    expect(new Set(tops).size).toBeLessThanOrEqual(6);
  });
});

describe('what does not fit is named', () => {
  const box = [[0, 0, 4, 4]];
  test.each<[string, unknown, unknown, RegExp]>([
    ['no objects', null, {}, /the objects as \{ boxes, labels, … \}, got null/],
    ['half a box', { boxes: [[1, 2]] }, {}, /boxes as 4 finite numbers each, got .* as number 0/],
    ['no rows', { boxes: [1, 2, 3] }, {}, /boxes as 4 numbers each, got 3 in all/],
    ['NaN', { boxes: [[0, 0, NaN, 1]] }, {}, /4 finite numbers/],
    ['labels', { boxes: box, labels: [] }, {}, /labels for each of 1 boxes, got 0/],
    [
      'scores',
      { boxes: box, scores: [NaN] },
      {},
      /objects: expected scores\[0\] as a finite number/,
    ],
    [
      'masks',
      { boxes: box, masks: [[1, 2]] },
      {},
      /objects: expected masks\[0\] of \[20, 40\], got 2 numbers/,
    ],
    [
      'keypoints',
      { boxes: box, keypoints: [[[1, 2]]] },
      {},
      /objects: expected keypoints\[0\] as 3 finite/,
    ],
    ['truth', { boxes: box }, { truth: { boxes: [[1]] } }, /truth: expected boxes as 4/],
    ['classes', { boxes: box, labels: [3] }, { classes }, /class 3, but classes names 0 to 2/],
    [
      'skeleton',
      { boxes: box, keypoints: [[[1, 2, 1]]] },
      { skeleton: [[0, 1]] },
      /skeleton to join keypoints from 0 to 0/,
    ],
    ['an option', { boxes: box }, { minscore: 1 }, /did you mean 'minScore'/],
  ])('%s', async (_, found, options, message) => {
    const drawn = detectionPicture(black, found as DrawnObjects, options as never);
    await expect(drawn).rejects.toThrow(ArgumentError);
    await expect(detectionPicture(black, found as DrawnObjects, options as never)).rejects.toThrow(
      message,
    );
  });

  test('a batch', async () => {
    const batch = { data: new Float32Array(8), shape: [1, 2, 2, 2] };
    await expect(detectionPicture(batch, { boxes: [] })).rejects.toThrow(ShapeError);
  });
});
