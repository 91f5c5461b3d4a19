import { wasm } from '@convnet/backend-wasm';
import { DataLoader, subset } from '@convnet/data';
import { mnist } from '@convnet/datasets';
import { Adam } from '@convnet/optim';
import {
  add,
  crossEntropy,
  interpolate,
  keep,
  mul,
  Tensor,
  type Device,
} from '@convnet/tensor-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { build, takes, type Family } from './family.ts';

/** How a family's smallest member, or a narrow one, is trained. Of a pair, one is for 1D and one for 2D. */
export interface TrainingRun {
  readonly builder: string;
  /** Options of the builder, besides dims, inChannels, numClasses and device. */
  readonly options?: Readonly<Record<string, unknown>>;
  /** Default [150, 100]. */
  readonly steps?: readonly [number, number];
  /** The extent that the digits are brought to. Default [28, 28]. */
  readonly extent?: readonly [number, number];
  /** How many it is trained on, again and again. Default 160. */
  readonly digits?: number;
  /** Of Adam. Default 1e-3. */
  readonly learningRate?: number;
  /** Of what forward gives in training. Default: cross-entropy of the logits and auxiliary logits. */
  readonly loss?: (output: unknown, labels: Tensor) => Tensor;
  /** The loss of a network that knows nothing; some begin far above it. Default ln 10, the cross-entropy. */
  readonly guessing?: number;
}

const batchSize = 16;
/** Losses at each end that are averaged. */
const ends = 10;
/** The loss must end below this share of its start, or of guessing where that is less. */
const share = 0.6;

/**
 * Trains on handwritten digits, again and again the same few: images of 1x28x28, and the same as signals of
 * 28 channels. The loss must end well below its start in both ranks. Call it once for a family, in a file of
 * its own.
 */
export function describeTraining(family: Family, run: TrainingRun): void {
  describe(`training of ${run.builder}`, () => {
    let device: Device;
    beforeAll(async () => {
      device = await wasm({ threads: 1 });
    });
    afterAll(() => device.dispose());

    const ranks = family.ranks.filter((rank) => rank !== 3);
    test.each(ranks)('in %iD brings the loss well below its start', async (dims) => {
      const losses = await train(family, run, dims, device);
      const start = mean(losses.slice(0, ends));
      expect(mean(losses.slice(-ends)), `start: ${start}`).toBeLessThan(
        share * Math.min(start, run.guessing ?? Math.log(10)),
      );
    });
  });
}

/** The loss of each step. */
async function train(
  family: Family,
  {
    builder,
    options,
    loss = classification,
    learningRate = 1e-3,
    digits = 160,
    ...pairs
  }: TrainingRun,
  dims: 1 | 2,
  device: Device,
): Promise<readonly number[]> {
  const steps = (pairs.steps ?? [150, 100])[dims - 1]!;
  const extent = (pairs.extent ?? [28, 28])[dims - 1]!;
  const { train } = await mnist({ dims });
  const data = subset(
    train,
    Array.from({ length: digits }, (_, i) => i),
  );
  const loader = new DataLoader(data, { batchSize, shuffle: true, device });
  const model = build(family, builder, {
    ...options,
    ...(takes(family, builder, 'inputSize') && { inputSize: extent }),
    dims,
    inChannels: dims === 1 ? 28 : 1,
    numClasses: 10,
    device,
  });
  model.train();
  const optimizer = new Adam(model.parameters(), { learningRate });
  const losses: Tensor[] = [];
  while (losses.length < steps) {
    for await (const [inputs, labels] of loader) {
      const x = extent === 28 ? inputs : interpolate(inputs, { size: extent, mode: 'linear' });
      const value = loss(model.forward(x), labels);
      optimizer.zeroGrad();
      value.backward();
      optimizer.step();
      losses.push(keep(value.detach()));
    }
  }
  const values = await Promise.all(losses.map((value) => value.item()));
  for (const value of losses) value.dispose();
  optimizer.dispose();
  model.dispose();
  return values;
}

/** Cross-entropy of the logits, and with weight 0.3 that of each auxiliary classifier. */
function classification(output: unknown, labels: Tensor): Tensor {
  if (output instanceof Tensor) return crossEntropy(output, labels);
  const { logits, ...auxiliary } = output as { readonly logits: Tensor };
  return Object.values<Tensor>(auxiliary).reduce(
    (total, other) => add(total, mul(crossEntropy(other, labels), 0.3)),
    crossEntropy(logits, labels),
  );
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
