import { wasm } from '@convnet/backend-wasm';
import { Adam } from '@convnet/optim';
import { crossEntropy, scope, tensor, type Device, type Tensor } from '@convnet/tensor-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { build, takes, type Family } from './family.ts';
import type { TrainingRun } from './describe-training.ts';

/** A narrow member of a family, and how it is trained on volumes. */
export interface VolumeRun extends Pick<TrainingRun, 'builder' | 'options' | 'learningRate'> {
  /** Of the volumes, along each axis. Default 16. */
  readonly extent?: number;
  /** Default 12. */
  readonly steps?: number;
}

/** Volumes of each class. */
const perClass = 2;

/**
 * That a network learns in 3D which axis a wave runs along: forward, backward to every parameter, and some steps, after
 * which the loss of the same volumes is well below its start.
 */
export function describeVolumes(family: Family, run: VolumeRun): void {
  describe(`${run.builder} in 3D`, () => {
    let device: Device;
    beforeAll(async () => {
      device = await wasm({ threads: 1 });
    });
    afterAll(() => device.dispose());

    test('learns from volumes', async () => {
      const { builder, options, extent = 16, steps = 12, learningRate = 3e-3 } = run;
      const model = build(family, builder, {
        ...options,
        ...(takes(family, builder, 'inputSize') && { inputSize: extent }),
        dims: 3,
        inChannels: 1,
        numClasses: 3,
        device,
      });
      const inputs = waves(extent, device);
      const labels = tensor([0, 0, 1, 1, 2, 2], { device, dtype: 'int32' });
      const optimizer = new Adam(model.parameters(), { learningRate });
      const losses: number[] = [];
      for (let step = 0; step < steps; step++) {
        const loss = scope(() => {
          const logits = model.forward(inputs) as Tensor;
          expect(logits.shape).toEqual([3 * perClass, 3]);
          const value = crossEntropy(logits, labels);
          optimizer.zeroGrad();
          value.backward();
          return value.detach();
        });
        losses.push(await loss.item());
        loss.dispose();
        const without = Array.from(model.namedParameters()).filter(([, { grad }]) => grad === null);
        expect(without.map(([path]) => path)).toEqual([]);
        optimizer.step();
      }
      const last = losses.slice(-3);
      expect(Math.max(...last), `losses: ${losses.join()}`).toBeLessThan(0.7 * losses[0]!);
    });
  });
}

/** [6, 1, extent, extent, extent]: waves along each of the three axes, of two phases. */
function waves(extent: number, device: Device): Tensor {
  const values: number[] = [];
  for (let axis = 0; axis < 3; axis++) {
    for (let phase = 0; phase < perClass; phase++) {
      for (let i = 0; i < extent ** 3; i++) {
        const along = Math.floor(i / extent ** (2 - axis)) % extent;
        values.push(Math.sin(1.2 * along + phase));
      }
    }
  }
  return tensor(values, [3 * perClass, 1, extent, extent, extent], { device });
}
