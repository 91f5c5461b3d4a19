import { wasm } from '@convnet/backend-wasm';
import { SGD } from '@convnet/optim';
import {
  add,
  Generator,
  manualSeed,
  rand,
  scope,
  tensor,
  type Device,
  type Tensor,
} from '@convnet/tensor-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import {
  fasterrcnn_resnet18_fpn,
  fasterrcnn_resnet50_fpn,
  type SmallFasterRCNNOptions,
} from './index.ts';

let device: Device;
beforeAll(async () => {
  device = await wasm({ threads: 1 });
});
afterAll(() => device.dispose());

const small: SmallFasterRCNNOptions = {
  numClasses: 3,
  width: 8,
  pyramidChannels: 16,
  representationSize: 32,
  minSize: null,
  anchorSizes: [[8], [16], [32], [64], [128]],
  rpnPostNmsTopNTrain: 100,
  rpnPostNmsTopNTest: 50,
};

/** A signal with a bump over [begin, end), twice as high for class 2. */
function signal(begin: number, end: number, label: number): Tensor {
  const values = Float32Array.from({ length: 256 }, (_, i) => {
    const inside = i >= begin && i < end;
    return (inside ? label : 0) + 0.1 * Math.sin(i * 12.9898);
  });
  return tensor(values, [1, 256], { device });
}

describe('a small detector', () => {
  test('learns to find intervals in signals', async () => {
    manualSeed(1);
    const model = fasterrcnn_resnet18_fpn({
      ...small,
      dims: 1,
      inChannels: 1,
      anchorSizes: [[16], [32], [48], [64], [96]],
      device,
    });
    const optimizer = new SGD(model.parameters(), { learningRate: 0.02, momentum: 0.9 });
    const generator = new Generator(2);
    const draw = (): { x: Tensor; begin: number; end: number; label: number } => {
      const [a, b, c] = generator.uniform(3) as unknown as [number, number, number];
      const length = 24 + Math.floor(a * 40);
      const begin = Math.floor(b * (256 - length));
      const label = c < 0.5 ? 1 : 2;
      return { x: signal(begin, begin + length, label), begin, end: begin + length, label };
    };
    for (let step = 0; step < 60; step++) {
      await scope(async () => {
        const batch = [draw(), draw(), draw(), draw()];
        const losses = await model.losses(
          batch.map(({ x }) => x),
          batch.map(({ begin, end, label }) => ({ boxes: [[begin, end]], labels: [label] })),
        );
        optimizer.zeroGrad();
        Object.values(losses)
          .reduce((p: Tensor, q: Tensor) => add(p, q))
          .backward();
        optimizer.step();
      });
    }
    model.eval();
    let found = 0;
    await scope(async () => {
      const batch = Array.from({ length: 8 }, draw);
      const detections = await model.detect(batch.map(({ x }) => x));
      for (const [i, { boxes, labels }] of detections.entries()) {
        const { begin, end, label } = batch[i]!;
        const common = Math.min(end, boxes[1]!) - Math.max(begin, boxes[0]!);
        const whole = Math.max(end, boxes[1]!) - Math.min(begin, boxes[0]!);
        if (labels[0] === label && common / whole > 0.5) found++;
      }
    });
    expect(found).toBeGreaterThanOrEqual(6);
    model.dispose();
    optimizer.dispose();
  });

  test('takes images of several sizes, and images without objects', async () => {
    const model = fasterrcnn_resnet18_fpn({ ...small, device });
    await scope(async () => {
      const images = [rand([3, 50, 70], { device }), rand([3, 64, 33], { device })];
      const losses = await model.losses(images, [
        { boxes: [[3, 4, 40, 44]], labels: [2] },
        { boxes: [], labels: [] },
      ]);
      for (const loss of Object.values(losses)) expect(await loss.data()).not.toContain(NaN);
      const none = await model.losses(images, [
        { boxes: [], labels: [] },
        { boxes: [], labels: [] },
      ]);
      expect([...(await none.loss_box_reg.data())]).toEqual([0]);
      expect([...(await none.loss_rpn_box_reg.data())]).toEqual([0]);
      Object.values(none)
        .reduce((p: Tensor, q: Tensor) => add(p, q))
        .backward();
      const detections = await model.eval().detect(images);
      expect(detections).toHaveLength(2);
      for (const { boxes, labels, scores } of detections) {
        expect(boxes).toHaveLength(4 * labels.length);
        expect(scores).toHaveLength(labels.length);
      }
    });
    model.zeroGrad();
    model.dispose();
  });

  test('gives its memory back', async () => {
    const model = fasterrcnn_resnet18_fpn({ ...small, device });
    model.eval();
    const image = rand([3, 64, 64], { device });
    const before = device.liveBuffers;
    await model.detect([image]);
    expect(device.liveBuffers).toBe(before);
    image.dispose();
    model.dispose();
  });
});

describe('refuses', () => {
  test('training and detection in the other mode', async () => {
    const model = fasterrcnn_resnet18_fpn({ ...small, device });
    const image = rand([3, 32, 32], { device });
    await expect(model.detect([image])).rejects.toThrow('expected evaluation mode');
    model.eval();
    await expect(model.losses([image], [])).rejects.toThrow('expected training mode');
    model.dispose();
  });

  test('images that do not fit, by their number', async () => {
    const model = fasterrcnn_resnet18_fpn({ ...small, device }).eval();
    const images = [rand([3, 32, 32], { device }), rand([1, 32, 32], { device })];
    await expect(model.detect(images)).rejects.toThrow(
      'image 1: expected [3, H, W], got [1, 32, 32]',
    );
    await expect(model.detect([])).rejects.toThrow('images as a list of at least one');
    // Also where there is a target, which is looked at behind the image.
    const flat = rand([3], { device });
    await expect(model.train().losses([flat], [{ boxes: [], labels: [] }])).rejects.toThrow(
      'image 0: expected [3, H, W], got [3]',
    );
    model.dispose();
  });

  test('options that do not fit', () => {
    expect(() => fasterrcnn_resnet50_fpn({ numClasses: 1 })).toThrow('numClasses ≥ 2');
    expect(() => fasterrcnn_resnet50_fpn({ trainableBackboneLayers: 6 })).toThrow('from 0 to 5');
    expect(() => fasterrcnn_resnet50_fpn({ min_size: 300 } as object)).toThrow(
      "did you mean 'minSize'",
    );
    expect(() => fasterrcnn_resnet50_fpn({ imageMean: [0] })).toThrow('each of 3 channels');
    const uneven = [[32], [64], [1], [2], [3, 4]];
    expect(() => fasterrcnn_resnet50_fpn({ anchorSizes: uneven })).toThrow('share one head');
  });
});
