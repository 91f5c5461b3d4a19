import { wasm } from '@convnet/backend-wasm';
import { clipGradNorm, SGD } from '@convnet/optim';
import {
  add,
  Generator,
  manualSeed,
  scope,
  tensor,
  type Device,
  type Tensor,
} from '@convnet/tensor-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { pasteMask } from './image/soft-mask.ts';
import {
  cocoKeypointMetrics,
  cocoMetrics,
  keypointrcnn_resnet18_fpn,
  keypointrcnn_resnet50_fpn,
  maskrcnn_resnet18_fpn,
  maskrcnn_resnet50_fpn,
  TargetError,
  type DetectionTarget,
  type RCNN,
} from './index.ts';
import { keypointsIn } from './regions/region-keypoints.ts';

let device: Device;
beforeAll(async () => {
  device = await wasm({ threads: 1 });
});
afterAll(() => device.dispose());

const length = 256;
const small = {
  dims: 1,
  inChannels: 1,
  numClasses: 2,
  width: 8,
  pyramidChannels: 16,
  representationSize: 32,
  anchorSizes: [[16], [32], [48], [64], [96]],
  rpnPostNmsTopNTrain: 100,
  rpnPostNmsTopNTest: 50,
} as const;

interface Event {
  readonly x: Tensor;
  readonly target: DetectionTarget & { boxes: number[][]; labels: number[] };
}

/** An event of two levels: a low one, and a high one in its first half, which is its mask; a spike is its fiducial point. */
function draw(generator: Generator): Event {
  const [a, b, c] = generator.uniform(3) as unknown as [number, number, number];
  const extent = 32 + Math.floor(a * 40);
  const begin = Math.floor(b * (length - extent));
  const middle = begin + Math.floor(extent / 2);
  const spike = begin + 6 + Math.floor(c * (extent - 12));
  const mask = Uint8Array.from({ length }, (_, i) => Number(i >= begin && i < middle));
  const values = Float32Array.from({ length }, (_, i) => {
    const level = i < begin || i >= begin + extent ? 0 : i < middle ? 1.5 : 0.7;
    return level + (i === spike ? 4 : 0) + 0.1 * Math.sin(i * 12.9898);
  });
  return {
    x: tensor(values, [1, length], { device }),
    target: {
      boxes: [[begin, begin + extent]],
      labels: [1],
      masks: [mask],
      keypoints: [[[spike + 0.5, 1]]],
    },
  };
}

async function train(model: RCNN, steps: number): Promise<void> {
  const optimizer = new SGD(model.parameters(), { learningRate: 0.02, momentum: 0.9 });
  const generator = new Generator(2);
  for (let step = 0; step < steps; step++) {
    await scope(async () => {
      const batch = Array.from({ length: 4 }, () => draw(generator));
      const losses = await model.losses(
        batch.map(({ x }) => x),
        batch.map(({ target }) => target),
        { generator },
      );
      optimizer.zeroGrad();
      Object.values(losses)
        .reduce((p: Tensor, q: Tensor) => add(p, q))
        .backward();
      clipGradNorm(model.parameters(), 2);
      optimizer.step();
    });
  }
  optimizer.dispose();
}

describe('events in signals', () => {
  test('Mask R-CNN learns which samples belong to them', async () => {
    manualSeed(1);
    const model = maskrcnn_resnet18_fpn({ ...small, device });
    await train(model, 100);
    model.eval();
    await scope(async () => {
      const generator = new Generator(5);
      const batch = Array.from({ length: 16 }, () => draw(generator));
      const found = await model.detect(batch.map(({ x }) => x));
      for (const { masks, labels } of found) {
        expect(masks).toHaveLength(labels.length);
        for (const mask of masks!) expect(mask.full()).toHaveLength(length);
      }
      const truths = batch.map(({ target }) => target as Required<Event['target']>);
      const { map50 } = cocoMetrics(found, truths, { dims: 1, iouType: 'segm' });
      expect(map50).toBeGreaterThan(0.7);
    });
    model.dispose();
  });

  test('Keypoint R-CNN learns their fiducial points', async () => {
    manualSeed(1);
    const model = keypointrcnn_resnet18_fpn({ ...small, numKeypoints: 1, device });
    await train(model, 150);
    model.eval();
    await scope(async () => {
      const generator = new Generator(5);
      const batch = Array.from({ length: 16 }, () => draw(generator));
      const found = await model.detect(batch.map(({ x }) => x));
      const truths = batch.map(({ target }) => target as Required<Event['target']>);
      // Within a twentieth of the event's length, or so.
      const points = found.map(({ keypoints, ...rest }) => ({ ...rest, keypoints: keypoints! }));
      const options = { dims: 1, sigmas: [0.05] } as const;
      expect(cocoKeypointMetrics(points, truths, options).map50).toBeGreaterThan(0.7);
      for (const { keypoints, labels, boxes } of found) {
        expect(keypoints).toHaveLength(2 * labels.length);
        for (const i of labels.keys()) {
          expect(keypoints![2 * i]).toBeGreaterThanOrEqual(boxes[2 * i]!);
          expect(keypoints![2 * i]).toBeLessThanOrEqual(boxes[2 * i + 1]!);
          expect(keypoints![2 * i + 1]).toBe(1);
        }
      }
    });
    model.dispose();
  });

  test('the builders of images are built for them', () => {
    const options = { dims: 1, inChannels: 2, numClasses: 3 } as const;
    expect(maskrcnn_resnet50_fpn(options).dims).toBe(1);
    expect(keypointrcnn_resnet50_fpn({ ...options, numKeypoints: 2 }).numKeypoints).toBe(2);
  });

  test.each<[string, Partial<DetectionTarget>, RegExp]>([
    ['masks', { masks: [[1, 0]] }, /image 0, box 0: expected a mask of the image's \[256\], got 2/],
    ['keypoints', { keypoints: [[[3, 4, 1]]] }, /expected keypoint 0 as \[x, visible\]/],
  ])('other %s are refused', async (name, change, message) => {
    const build = name === 'masks' ? maskrcnn_resnet18_fpn : keypointrcnn_resnet18_fpn;
    const model = build({ ...small, ...(name !== 'masks' && { numKeypoints: 1 }), device });
    await scope(async () => {
      const { x, target } = draw(new Generator(1));
      const losses = model.losses([x], [{ ...target, ...change }]);
      await expect(losses).rejects.toThrow(TargetError);
      await expect(model.losses([x], [{ ...target, ...change }])).rejects.toThrow(message);
    });
    model.dispose();
  });
});

describe('a signal is an image whose rows are equal', () => {
  test('masks', () => {
    const line = Float32Array.of(0.1, 0.9, 0.4, 0.7);
    const square = Float32Array.from({ length: 16 }, (_, i) => line[i % 4]!);
    for (const [begin, end] of [
      [3.2, 17.9],
      [-2, 5],
      [20, 26],
    ] as const) {
      const own = pasteMask(line, [begin, end], [24]);
      const image = pasteMask(square, [begin, 2, end, 38], [40, 24]);
      expect(own.full()).toHaveLength(24);
      // A row in the middle, away from the border above and below.
      const row = image.full().subarray(20 * 24, 21 * 24);
      [...own.full()].forEach((value, i) => expect(value).toBeCloseTo(row[i]!, 6));
      expect(Math.max(...own.full())).toBeGreaterThan(0.5);
    }
  });

  test('keypoints', async () => {
    const generator = new Generator(3);
    const line = Float32Array.from({ length: 2 * 7 }, () => generator.uniform(1)[0]!);
    const square = Float32Array.from(
      { length: 2 * 49 },
      (_, i) => line[Math.floor(i / 49) * 7 + (i % 7)]!,
    );
    await scope(async () => {
      const own = await keypointsIn(tensor(line, [2, 7], { device }), [3.5, 30]);
      const image = await keypointsIn(tensor(square, [2, 7, 7], { device }), [3.5, 0, 30, 26]);
      expect(own.points).toHaveLength(4);
      for (const k of [0, 1]) {
        expect(own.points[2 * k]).toBeCloseTo(image.points[3 * k]!, 5);
        expect(own.points[2 * k + 1]).toBe(1);
        expect(own.scores[k]).toBeCloseTo(image.scores[k]!, 5);
      }
    });
  });
});
