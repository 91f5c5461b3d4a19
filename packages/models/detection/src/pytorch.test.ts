import { wasm } from '@convnet/backend-wasm';
import { digest, hashedValues, useHashedWeights } from '@convnet/model-testing';
import { add, mul, noGrad, scope, tensor, type Device, type Tensor } from '@convnet/tensor-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import * as detection from './index.ts';
import type { RCNN } from './rcnn.ts';
import type { DetectionTarget } from './targets.ts';
import { batchImages } from './image/detection-transform.ts';
import { poolRegions } from './regions/region-pool.ts';
import { joined } from './proposals/region-proposals.ts';
import { detectorFixtures, type DetectorFixture, type Digest } from './testing/fixture.ts';
import { Generator } from '@convnet/tensor-core';

function expectNear(name: string, got: number, expected: number, bound: number): void {
  const difference = Math.abs(got - expected);
  expect({ name, difference, isNear: difference <= bound }).toEqual({
    name,
    difference,
    isNear: true,
  });
}

/** Each within `bound` of the greatest magnitude, or of 1. */
function expectAllNear(
  name: string,
  got: readonly number[],
  expected: readonly number[],
  bound: number,
): void {
  const scale = name === 'keypoints' ? 1 : Math.max(1, ...expected.map(Math.abs));
  for (const [i, value] of expected.entries()) expectNear(name, got[i]!, value, bound * scale);
}

/** Of shapes equal, and norms and inner products as torchvision's within 1e-3 of the norm. */
function expectDigest(name: string, values: ArrayLike<number>, expected: Digest): void {
  const [shape, norm, inner] = expected;
  expect(values).toHaveLength(shape.reduce((product, extent) => product * extent, 1));
  const got = digest(name, values);
  expectNear(`norm of ${name}`, got.norm, norm, 1e-3 * norm);
  expectNear(`inner product of ${name}`, got.inner, inner, 1e-3 * norm);
}

function build({ builder, options }: DetectorFixture, numClasses?: number): RCNN {
  const builders = detection as unknown as Record<string, (options: object) => RCNN>;
  return builders[builder]!({ ...options, ...(numClasses !== undefined && { numClasses }) });
}

/** Hashed weights; differences of boxes are an eighth, so that boxes stay near their anchors. */
function fill(model: RCNN, normBias: number): void {
  useHashedWeights(model, normBias);
  for (const [key, entry] of model.stateDict()) {
    if (!key.includes('bbox_pred')) continue;
    const { initializer } = entry;
    entry.initializer = (shape, device) => mul(initializer(shape, device), 0.125);
  }
}

function images({ images: shapes }: DetectorFixture, device: Device): Tensor[] {
  return shapes.map((shape, i) => {
    const count = shape.reduce((product, extent) => product * extent, 1);
    const values = hashedValues(`image ${i}`, count).map((u) => (u + 1) / 2);
    return tensor(values, shape, { device });
  });
}

describe.each(detectorFixtures().map((fixture) => [fixture.builder, fixture] as const))(
  '%s as in torchvision',
  (_, fixture) => {
    let device: Device;
    let model: RCNN;
    beforeAll(async () => {
      device = await wasm({ threads: 1 });
      model = build(fixture);
      fill(model, fixture.normBias);
      await model.to(device);
      model.unfreeze();
    });
    afterAll(() => device.dispose());

    test('parameters and the keys, order and shapes of the state dict', () => {
      const whole = build(fixture, fixture.builder.startsWith('keypoint') ? 2 : 91);
      const keys = Array.from(whole.stateDict(), ([key, { shape }]) => `${key}:${shape.join()}`);
      expect(keys).toEqual(fixture.keys);
      expect(whole.parameters().reduce((total, { size }) => total + size, 0)).toBe(
        fixture.parameters,
      );
      const learned = [...whole.namedParameters()].filter(([, p]) => p.requiresGrad);
      expect(learned.map(([key]) => key)).toEqual(fixture.learned);
    });

    test('each stage of detection', async () => {
      const { stages } = fixture;
      await scope(async () => {
        model.eval();
        const { transform, dims, backbone, roi_heads: heads } = model;
        const { dense, batch } = noGrad(() => {
          const batch = batchImages(
            images(fixture, device),
            transform,
            dims,
            false,
            new Generator(0),
          );
          return { batch, dense: model.forward(batch.images) };
        });
        expect(dense.features.map(({ shape }) => shape)).toEqual(stages.features.map(([s]) => s));
        for (const [i, level] of dense.features.entries()) {
          expectDigest(`feature ${i}`, await level.data(), stages.features[i]!);
        }
        const objectness = (await dense.objectness.data()) as Float32Array;
        const deltas = (await dense.deltas.data()) as Float32Array;
        expectDigest('objectness', objectness, stages.objectness);
        expectDigest('deltas', deltas, stages.deltas);
        const anchors = model.anchors(batch.images, dense.features);
        const count = objectness.length / 2;
        for (const [i, size] of batch.sizes.entries()) {
          const { boxes } = model.rpn.candidates(
            objectness.subarray(i * count, (i + 1) * count),
            deltas.subarray(i * count * 4, (i + 1) * count * 4),
            anchors,
            size,
          );
          const [candidateCount, sums] = stages.candidates[i]!;
          expect(boxes.length / 4).toBe(candidateCount);
          for (const [side, sum] of sums.entries()) {
            const got = boxes.reduce(
              (total, value, k) => (k % 4 === side ? total + value : total),
              0,
            );
            expectNear(`candidates ${i}`, got, sum, 1e-3 * Math.abs(sum));
          }
        }
        const proposals = await model.proposals(dense, anchors, batch.sizes);
        for (const [i, { boxes }] of proposals.entries()) {
          const [expectedCount, first] = stages.proposals[i]!;
          expect(boxes.length / 4).toBe(expectedCount);
          first.forEach((value, k) => expect(Math.abs(boxes[k]! - value)).toBeLessThan(1e-3 * 160));
        }
        const regions = {
          boxes: joined(proposals.map(({ boxes }) => boxes)),
          images: proposals.flatMap(({ scores }, image) => Array.from(scores, () => image)),
        };
        const levels = dense.features.slice(0, backbone.pooledLevels);
        const { pooled, order, said } = noGrad(() => {
          const result = poolRegions(levels, regions, batch.sizes, heads.options.pool);
          return { ...result, said: heads.forward(result.pooled) };
        });
        expectDigest('pooled', await inOrder(pooled, order), stages.pooled);
        expectDigest('logits', await inOrder(said.logits, order), stages.logits);
        expectDigest('regression', await inOrder(said.deltas, order), stages.regression);
      });
    });

    test('detections, as sets', async () => {
      await scope(async () => {
        const found = await model.eval().detect(images(fixture, device));
        expect(found).toHaveLength(fixture.detections.length);
        for (const [i, expected] of fixture.detections.entries()) {
          const { boxes, labels, scores, masks, keypoints, keypointsScores } = found[i]!;
          const rest = new Set(expected.labels.keys());
          expect(labels.length).toBe(rest.size);
          for (const [k, label] of labels.entries()) {
            const match = [...rest].find(
              (j) =>
                expected.labels[j] === label &&
                Math.abs(expected.scores[j]! - scores[k]!) < 1e-4 &&
                [0, 1, 2, 3].every(
                  (side) => Math.abs(expected.boxes[j * 4 + side]! - boxes[k * 4 + side]!) < 0.1,
                ),
            );
            expect(match).toBeDefined();
            expect(keypoints?.length).toBe(expected.keypoints?.length);
            if (keypoints !== undefined) {
              const of = (values: ArrayLike<number>, row: number): number[] => {
                const each = values.length / labels.length;
                return Array.from(values).slice(row * each, (row + 1) * each);
              };
              // Over a region of less than a pixel maps have places that are equal but for rounding.
              const [x1, y1, x2, y2] = of(boxes, k) as [number, number, number, number];
              if (Math.min(x2 - x1, y2 - y1) >= 1) {
                expectAllNear('keypoints', of(keypoints, k), of(expected.keypoints!, match!), 0.1);
              }
              expectAllNear(
                'logits of keypoints',
                of(keypointsScores!, k),
                of(expected.keypoints_scores!, match!),
                1e-3,
              );
            }
            const mask = expected.masks?.[match!];
            expect(masks === undefined).toBe(mask === undefined);
            if (mask !== undefined) {
              const got = digest('mask', masks![k]!.full());
              expectNear('norm of a mask', got.norm, mask[0], 1e-3 * mask[0]);
              expectNear('inner product of a mask', got.inner, mask[1], 1e-3 * mask[0]);
            }
            rest.delete(match!);
          }
        }
      });
    });

    test('losses and gradients', async () => {
      await scope(async () => {
        model.train();
        model.zeroGrad();
        const losses = await model.losses(images(fixture, device), targetsOf(fixture));
        for (const [name, expected] of Object.entries(fixture.losses)) {
          const [got] = await losses[name as keyof typeof losses]!.data();
          expectNear(name, Number(got), expected, 1e-3 * Math.abs(expected));
        }
        expect(Object.keys(losses).toSorted()).toEqual(Object.keys(fixture.losses).toSorted());
        Object.values(losses)
          .reduce((a: Tensor, b: Tensor) => add(a, b))
          .backward();
        const largest = Math.max(...fixture.gradientNorms);
        for (const [i, [name, { grad }]] of [...model.namedParameters()].entries()) {
          const norm = fixture.gradientNorms[i]!;
          const got = grad === null ? { norm: 0, inner: 0 } : digest(name, await grad.data());
          const bound = 1e-3 * Math.max(norm, 1e-3 * largest);
          expectNear(name, got.norm, norm, bound);
          expectNear(name, got.inner, fixture.gradientDigests[i]!, bound);
        }
        model.zeroGrad();
      });
    });
  },
);

/** The targets, with the ellipse in each box as its mask where masks are learned. */
function targetsOf({ builder, images: shapes, targets }: DetectorFixture): DetectionTarget[] {
  if (!builder.startsWith('mask')) return [...targets];
  return targets.map((target, i) => {
    const [, height, width] = shapes[i] as [number, number, number];
    const masks = target.boxes.map((box) => {
      const [x1, y1, x2, y2] = box as [number, number, number, number];
      return Uint8Array.from({ length: height * width }, (_, k) => {
        const u = ((k % width) + 0.5 - (x1 + x2) / 2) / ((x2 - x1) / 2);
        const v = (Math.floor(k / width) + 0.5 - (y1 + y2) / 2) / ((y2 - y1) / 2);
        return Number(u * u + v * v <= 1);
      });
    });
    return { ...target, masks };
  });
}

/** Rows of regions where torchvision has them. */
async function inOrder(x: Tensor, order: Int32Array): Promise<Float32Array> {
  const values = (await x.data()) as Float32Array;
  const width = values.length / order.length;
  const sorted = new Float32Array(values.length);
  order.forEach((region, row) =>
    sorted.set(values.subarray(row * width, (row + 1) * width), region * width),
  );
  return sorted;
}
