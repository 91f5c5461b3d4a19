import { ArgumentError } from '@convnet/tensor-core';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';

import * as detection from '../detection.ts';
import { DatasetError } from '../errors.ts';
import { image } from '../image/image.ts';
import { randomFor } from '../random/streams.ts';
import type { DetectionSample } from './sample.ts';

interface Objects {
  readonly size: readonly [height: number, width: number];
  readonly boxes: number[][];
  readonly keypoints: number[][][];
  readonly masks: string[];
}

// Written by scripts/fixtures/detection.py with torchvision 0.29.
const file = join(import.meta.dirname, '..', '..', 'fixtures', 'detection.json');
const fixture = JSON.parse(readFileSync(file, 'utf8')) as Objects & {
  readonly cases: readonly (Objects & { readonly name: string; readonly options: unknown })[];
};

const [height, width] = fixture.size;
const pixels = (mask: string): Uint8Array<ArrayBuffer> => Uint8Array.from(mask, Number);
const sample: DetectionSample = {
  image: image(new Uint8Array(height * width * 3).fill(255), width, height),
  boxes: Float32Array.from(fixture.boxes.flat()),
  labels: Int32Array.of(1, 2, 3),
  crowd: Uint8Array.of(0, 0, 1),
  difficult: new Uint8Array(3),
  areas: Float64Array.of(10, 20, 30),
  masks: fixture.masks.map(pixels),
  // The last point of the second object is not known.
  keypoints: Float32Array.from(
    fixture.keypoints.flatMap((own, i) =>
      own.flatMap(([x, y], k) => (i === 1 && k === 1 ? [0, 0, 0] : [x!, y!, 2])),
    ),
  ),
};
const random = randomFor(0);

function transformOf(name: string, options: unknown): detection.DetectionTransform {
  switch (name) {
    case 'randomHorizontalFlip':
      return detection.randomHorizontalFlip({ probability: 1 });
    case 'randomVerticalFlip':
      return detection.randomVerticalFlip({ probability: 1 });
    case 'resize':
      return detection.resize(options as [number, number]);
    case 'crop':
      return detection.crop(options as never, { leastVisible: 0 });
    default:
      return detection.affine({ ...(options as object), leastVisible: 0 });
  }
}

describe.each(fixture.cases.map((one, i) => [`${i}: ${one.name}`, one] as const))(
  '%s as torchvision has it',
  (_, expected) => {
    const moved = transformOf(expected.name, expected.options)(sample, random);

    test('picture and boxes', () => {
      expect([moved.image.height, moved.image.width]).toEqual(expected.size);
      const boxes = expected.boxes.flat();
      expect(moved.boxes).toHaveLength(boxes.length);
      boxes.forEach((value, i) => expect(moved.boxes[i]).toBeCloseTo(value, 3));
    });

    test('masks', () => {
      expect(moved.masks!.map((mask) => mask.join(''))).toEqual(expected.masks);
    });

    test('keypoints; what is not known stays so', () => {
      const found = Array.from({ length: 6 }, (_, i) => [
        ...moved.keypoints!.subarray(i * 3, i * 3 + 3),
      ]);
      expect(found[3]).toEqual([0, 0, 0]);
      found.forEach(([x, y, visible], i) => {
        const [expectedX, expectedY] = expected.keypoints.flat()[i]!;
        if (visible === 0) return;
        expect(visible).toBe(2);
        expect(x).toBeCloseTo(expectedX!, 3);
        expect(y).toBeCloseTo(expectedY!, 3);
      });
      expect(found.filter(([, , visible]) => visible === 2).length).toBeGreaterThanOrEqual(4);
    });
  },
);

test('a mask lies where the picture does', () => {
  // White where the first object is: after any change the picture is white where the mask is.
  const first = sample.masks![0]!;
  const bytes = Uint8Array.from(
    { length: first.length * 3 },
    (_, i) => first[Math.floor(i / 3)]! * 255,
  );
  const shown = { ...sample, image: image(bytes, width, height) };
  for (const step of [
    detection.affine({ angle: 40, scale: 1.3, shear: [5, 3], leastVisible: 0 }),
    detection.randomAffine({
      degrees: 30,
      translate: [0.1, 0.1],
      scale: [0.7, 1.2],
      leastVisible: 0,
    }),
    detection.randomCrop([15, 20], { leastVisible: 0 }),
  ]) {
    for (let seed = 0; seed < 5; seed++) {
      const moved = step(shown, randomFor(seed));
      const at = [...moved.labels].indexOf(1);
      if (at < 0) continue;
      const white = Array.from(moved.masks![at]!, (_, i) => Number(moved.image.data[i * 3]! > 0));
      expect([...moved.masks![at]!]).toEqual(white);
    }
  }
});

describe('what leaves the picture', () => {
  test('keypoints are not visible any more, objects of which little is left go', () => {
    const box = { top: 0, left: 6, height, width: width - 6 };
    const moved = detection.crop(box, { leastVisible: 0 })(sample, random);
    expect([...moved.keypoints!.subarray(0, 6)]).toEqual([0, 0, 0, 6, 9.5, 2]);
    const covered = (masks: DetectionSample['masks']): number =>
      masks![0]!.reduce((sum, value) => sum + value, 0);
    const share = covered(moved.masks) / covered(sample.masks);
    expect(moved.areas[0]).toBeCloseTo(10 * share, 9);
    // The mask decides where there is one: its share is not that of the box.
    expect(share).not.toBeCloseTo(8 / 11, 2);
    for (const [leastVisible, labels] of [
      [share - 1e-6, [1, 2, 3]],
      [share + 1e-6, [2, 3]],
    ] as const) {
      const left = detection.crop(box, { leastVisible })(sample, random);
      expect([...left.labels]).toEqual(labels);
      expect(left.masks).toHaveLength(labels.length);
      expect(left.keypoints).toHaveLength(labels.length * 6);
    }
  });

  test('nothing left', () => {
    const left = detection.crop({ top: 0, left: 0, height: 1, width: 1 })(sample, random);
    expect([left.boxes.length, left.masks!.length, left.keypoints!.length]).toEqual([0, 0, 0]);
    const again = detection.randomHorizontalFlip({ probability: 1, keypointPairs: [[0, 1]] })(
      left,
      random,
    );
    expect(again.labels).toHaveLength(0);
  });
});

test('left and right keypoints change places', () => {
  const flip = detection.randomHorizontalFlip({ probability: 1, keypointPairs: [[0, 1]] });
  const plain = detection.randomHorizontalFlip({ probability: 1 })(sample, random).keypoints!;
  const swapped = flip(sample, random).keypoints!;
  expect([...swapped.subarray(0, 6)]).toEqual([...plain.subarray(3, 6), ...plain.subarray(0, 3)]);
  expect([...swapped.subarray(6, 9)]).toEqual([0, 0, 0]);
  expect(flip(flip(sample, random), random).keypoints).toEqual(sample.keypoints);
  const wrong = detection.randomHorizontalFlip({ probability: 1, keypointPairs: [[0, 2]] });
  expect(() => wrong(sample, random)).toThrow('keypoints from 0 to 1, got [0, 2]');
});

test.each<[string, Partial<DetectionSample>, RegExp]>([
  [
    'a mask of another size',
    { masks: [new Uint8Array(3), ...sample.masks!.slice(1)] },
    /object 0: expected a mask of \[24, 31\], got 3/,
  ],
  ['a mask too few', { masks: sample.masks!.slice(1) }, /a mask for each of 3 labels, got 2/],
  ['half a keypoint', { keypoints: new Float32Array(10) }, /keypoints of 3 numbers for each of 3/],
])('refuses %s', (_, change, message) => {
  for (const step of [
    detection.resize(9),
    detection.affine(),
    detection.randomVerticalFlip({ probability: 1 }),
  ]) {
    const call = (): unknown => step({ ...sample, ...change }, random);
    expect(call).toThrow(DatasetError);
    expect(call).toThrow(message);
  }
});

test('half a box is no sample', () => {
  const half = { ...sample, boxes: new Float32Array(10) };
  expect(() => detection.resize(9)(half, random)).toThrow(ArgumentError);
});
