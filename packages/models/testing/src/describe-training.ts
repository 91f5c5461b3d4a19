import { wasm } from '@convnet/backend-wasm';
import { DataLoader } from '@convnet/data';
import { mnist } from '@convnet/datasets';
import { Adam } from '@convnet/optim';
import { add, crossEntropy, keep, mul, Tensor, type Device } from '@convnet/tensor-core';
import type { AnyModule } from '@convnet/layers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { build, type Family } from './family.ts';

/** How a family's smallest member is trained. */
export interface TrainingRun {
  readonly builder: string;
  /** Options of the builder, besides dims, inChannels, numClasses and device. */
  readonly options?: Readonly<Record<string, unknown>>;
  /** Default 150. */
  readonly steps?: number;
  /** Default 1e-3, with Adam. */
  readonly learningRate?: number;
  /** Loss of what forward gives in training. Default: cross-entropy of the logits. */
  readonly loss?: (model: AnyModule, output: unknown, labels: Tensor, inputs: Tensor) => Tensor;
  /** The loss must fall below this share of its start. Default 0.5. */
  readonly share?: number;
}

const batchSize = 16;
/** Losses at each end that are averaged. */
const ends = 10;
const timeout = 120_000;

/**
 * Trains on handwritten digits: images of 1x28x28, and the same digits as signals of 28 channels. The loss
 * must fall well below its start in both ranks. Call it once for a family.
 */
export function describeTraining(family: Family, run: TrainingRun): void {
  describe(`training of ${run.builder}`, () => {
    let device: Device;
    beforeAll(async () => {
      device = await wasm({ threads: 1 });
    });
    afterAll(() => device.dispose());

    test.each([1, 2] as const)(
      'in %iD brings the loss well below its start',
      async (dims) => {
        const losses = await train(family, run, dims, device);
        const mean = (part: readonly number[]): number =>
          part.reduce((sum, loss) => sum + loss, 0) / part.length;
        const [start, end] = [mean(losses.slice(0, ends)), mean(losses.slice(-ends))];
        expect(start).toBeGreaterThan(0);
        expect(end, `from ${start}`).toBeLessThan(start * (run.share ?? 0.5));
      },
      timeout,
    );
  });
}

async function train(
  family: Family,
  run: TrainingRun,
  dims: 1 | 2,
  device: Device,
): Promise<number[]> {
  const { steps = 150, learningRate = 1e-3, loss = logitsLoss } = run;
  const digits = await mnist({ dims });
  const inChannels = dims === 1 ? 28 : 1;
  const model = build(family, run.builder, {
    ...run.options,
    dims,
    inChannels,
    numClasses: 10,
    device,
  });
  model.train();
  const optimizer = new Adam(model.parameters(), { learningRate });
  const losses: Tensor[] = [];
  for await (const [inputs, labels] of new DataLoader(digits.train, { batchSize, device })) {
    const value = loss(model, model.forward(inputs), labels, inputs);
    optimizer.zeroGrad();
    value.backward();
    optimizer.step();
    losses.push(keep(value.detach()));
    if (losses.length === steps) break;
  }
  const values: number[] = [];
  for (const value of losses) {
    values.push(await value.item());
    value.dispose();
  }
  model.dispose();
  return values;
}

/** Cross-entropy of the logits, and with weight 0.3 that of each auxiliary classifier's. */
function logitsLoss(_: AnyModule, output: unknown, labels: Tensor): Tensor {
  if (output instanceof Tensor) return crossEntropy(output, labels);
  const { logits, ...auxiliary } = output as { readonly logits: Tensor };
  return Object.values<Tensor>(auxiliary).reduce(
    (total, other) => add(total, mul(crossEntropy(other, labels), 0.3)),
    crossEntropy(logits, labels),
  );
}
