import { polygonMask } from '@convnet/data/detection';
import { ArgumentError } from '@convnet/tensor-core';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';

import { cocoKeypointMetrics } from './coco-keypoints.ts';
import { cocoMetrics } from './coco.ts';

// Written by scripts/fixtures/evaluation-masks.py with pycocotools 2.0.11.
const folder = join(import.meta.dirname, '..', '..', 'fixtures', 'evaluation');
const read = (name: string): unknown => JSON.parse(readFileSync(join(folder, name), 'utf8'));

interface Entry {
  readonly label: number;
  readonly score: number;
  readonly crowd: number;
}
interface Outcome {
  readonly coco: readonly number[];
  readonly perClass: Readonly<Record<string, number>>;
}
interface Shapes extends Entry {
  readonly polygons: number[][];
}
interface Points extends Entry {
  readonly keypoints: number[][];
  readonly box: number[];
  readonly area: number;
}
interface ImageOf<E> {
  readonly objects: readonly E[];
  readonly found: readonly E[];
}

const masks = read('masks.json') as {
  readonly size: [number, number];
  readonly sets: readonly (Outcome & { readonly images: readonly ImageOf<Shapes>[] })[];
};
const keypoints = read('keypoints.json') as {
  readonly sigmas: number[];
  readonly sets: readonly (Outcome & { readonly images: readonly ImageOf<Points>[] })[];
};

const labelsOf = (entries: readonly Entry[]): number[] => entries.map(({ label }) => label);
const scoresOf = (entries: readonly Entry[]): number[] => entries.map(({ score }) => score);
const crowdOf = (entries: readonly Entry[]): number[] => entries.map(({ crowd }) => crowd);

/** The greatest difference between what is measured here and there; Infinity where not the same is measured. */
function difference(
  { perClass, ...numbers }: { readonly perClass: ReadonlyMap<number, number> },
  outcome: Outcome,
): number {
  const values: number[] = [...Object.values<number>(numbers), ...perClass.values()];
  const expected = [...outcome.coco, ...Object.values(outcome.perClass)];
  const isSame = [...perClass.keys()].join() === Object.keys(outcome.perClass).join();
  if (!isSame || values.length !== expected.length) return Infinity;
  return Math.max(...values.map((value, i) => Math.abs(value - expected[i]!)));
}

test.each(masks.sets.map((set, i) => [i, set] as const))(
  'masks of random set %i as pycocotools measures them',
  (_, set) => {
    const pixels = (entries: readonly Shapes[]): Uint8Array[] =>
      entries.map(({ polygons }) => polygonMask(polygons, masks.size));
    const detections = set.images.map(({ found }) => ({
      boxes: [],
      labels: labelsOf(found),
      scores: scoresOf(found),
      // As Mask R-CNN gives them: probabilities that are asked for.
      masks: pixels(found).map((mask) => ({ full: () => Float32Array.from(mask, (m) => m * 0.6) })),
    }));
    const truths = set.images.map(({ objects }) => ({
      boxes: [],
      labels: labelsOf(objects),
      crowd: crowdOf(objects),
      masks: pixels(objects),
    }));
    const metrics = cocoMetrics(detections, truths, { iouType: 'segm' });
    expect(difference(metrics, set)).toBeLessThan(1e-6);
  },
);

test.each(keypoints.sets.map((set, i) => [i, set] as const))(
  'keypoints of random set %i as pycocotools measures them',
  (_, set) => {
    const detections = set.images.map(({ found }) => ({
      labels: labelsOf(found),
      scores: scoresOf(found),
      // As Keypoint R-CNN gives them: one behind the other.
      keypoints: Float64Array.from(
        found.flatMap(({ keypoints: own }) => own.flatMap(([x, y]) => [x!, y!, 1])),
      ),
    }));
    const truths = set.images.map(({ objects }) => ({
      boxes: objects.map(({ box }) => box),
      labels: labelsOf(objects),
      crowd: crowdOf(objects),
      areas: objects.map(({ area }) => area),
      keypoints: objects.map(({ keypoints: own }) => own),
    }));
    const metrics = cocoKeypointMetrics(detections, truths, { sigmas: keypoints.sigmas });
    expect(difference(metrics, set)).toBeLessThan(1e-6);
  },
);

describe('signals', () => {
  const labels = [1];
  const scores = [1];

  test('samples that belong to an event', () => {
    const truth = { boxes: [[2, 8]], labels, masks: [[0, 0, 1, 1, 1, 1, 1, 1, 0, 0]] };
    const found = { boxes: [2, 8], labels, scores, masks: [[0, 0, 1, 1, 1, 1, 0, 0, 0, 0]] };
    // 4 of 6 samples: right at 0.5, 0.55, 0.6 and 0.65.
    const { map, map50, map75 } = cocoMetrics([found], [truth], { dims: 1, iouType: 'segm' });
    expect([map, map50, map75].map((value) => Math.round(value * 1e6) / 1e6)).toEqual([0.4, 1, 0]);
  });

  test('fiducial points: the similarity falls with the distance over the length', () => {
    const truth = { boxes: [[0, 100]], labels, keypoints: [[[50, 1]]] };
    const at = (place: number): number =>
      cocoKeypointMetrics([{ labels, scores, keypoints: [[[place, 1]]] }], [truth], {
        dims: 1,
        sigmas: [0.05],
      }).map;
    // exp(-(d / 10)² / 2), d in samples: 0.88 at 5, 0.61 at 10.
    expect([at(50), at(55), at(60)].map((value) => value.toFixed(3))).toEqual([
      '1.000',
      '0.800',
      '0.300',
    ]);
  });
});

test('what is missing or does not fit is named', () => {
  const truth = { boxes: [[0, 0, 1, 1]], labels: [1], masks: [new Uint8Array(6)] };
  const found = { boxes: [], labels: [1], scores: [1] };
  const segm = (one: object, other: object = truth): unknown =>
    cocoMetrics([{ ...found, ...one }], [other as typeof truth], { iouType: 'segm' });
  expect(() => segm({})).toThrow(ArgumentError);
  expect(() => segm({})).toThrow('detections of image 0: expected a mask for each of 1 objects');
  expect(() => segm({ masks: [3] })).toThrow('detections of image 0, 0: expected a mask as');
  expect(() => segm({ masks: [new Uint8Array(5)] })).toThrow('image 0: expected masks of one size');
  expect(() => segm({ masks: [{ size: [2, 3], counts: [1] }] })).toThrow('6 pixels in all');
  expect(() => cocoMetrics([], [], { iouType: 'mask' as never })).toThrow("'bbox', 'segm'");
  const points = { labels: [1], scores: [1], keypoints: [[[1, 2, 1]]] };
  expect(() => cocoKeypointMetrics([points], [{ ...truth, keypoints: [] }])).toThrow(
    'detections of image 0: expected 17 keypoints of 3 finite numbers for each of 1 objects, got 3',
  );
  expect(() => cocoKeypointMetrics([points], [], { sigmas: [1] })).toThrow('got 1 and 0');
});
