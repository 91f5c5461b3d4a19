import type { Layer, Parameter } from '@convnet/layers';
import { Adam, CosineAnnealingLR, RMSprop, SGD, type Optimizer } from '@convnet/optim';
import {
  capture,
  crossEntropy,
  Generator,
  manualSeed,
  randn,
  scope,
  tensor,
  type CaptureOptions,
  type Device,
  type Tensor,
} from '@convnet/tensor-core';
import { expect } from 'vitest';

/** An optimiser of some parameters. */
export type MakeOptimizer = (parameters: Parameter[]) => Optimizer;

/** The optimisers that captured steps are tried with. */
export const optimizers: Readonly<Record<string, MakeOptimizer>> = {
  'SGD with momentum': (p) => new SGD(p, { learningRate: 0.02, momentum: 0.9, weightDecay: 1e-4 }),
  Adam: (p) => new Adam(p, { learningRate: 2e-3 }),
  RMSprop: (p) => new RMSprop(p, { learningRate: 1e-3, momentum: 0.9 }),
};

/** A network to train for some steps. */
export interface Network {
  /** Shape of a batch. */
  readonly shape: readonly number[];
  build(device: Device): Layer;
}

/** How it trains. */
export interface CapturedTraining {
  readonly steps: number;
  readonly numClasses: number;
  readonly isCaptured: boolean;
  readonly fuse?: CaptureOptions['fuse'];
  /** Whether each step waits for what the backend makes of the recording, as a GPU does. */
  readonly waits?: boolean;
}

/** The losses of all steps, bit by bit, and then the weights and statistics. */
export async function train(
  device: Device,
  { shape, build }: Network,
  optimizerOf: MakeOptimizer,
  { steps, numClasses, isCaptured, fuse = true, waits = false }: CapturedTraining,
): Promise<string[]> {
  manualSeed(1);
  const model = build(device);
  const optimizer = optimizerOf(model.parameters());
  const schedule = new CosineAnnealingLR(optimizer, { totalSteps: steps });
  const learn = (x: Tensor, labels: Tensor): Tensor => {
    const loss = crossEntropy(model.forward(x), labels);
    optimizer.zeroGrad();
    loss.backward();
    optimizer.step();
    return loss;
  };
  const captured = capture(learn, { fuse });
  const generator = new Generator(9);
  const batch = shape[0]!;
  const losses: Tensor[] = [];
  for (let i = 0; i < steps; i++) {
    const classes = Int32Array.from({ length: batch }, (_, k) => (k + i) % numClasses);
    losses.push(
      scope(() => {
        const x = randn(shape, { device, generator });
        return (isCaptured ? captured : learn)(x, tensor(classes, [batch], { device })).detach();
      }),
    );
    if (isCaptured && waits) await captured.ready;
    schedule.step();
  }
  const seen: string[] = [];
  for (const loss of losses) seen.push(String(await loss.item()));
  for (const [path, weight] of model.stateDict())
    seen.push(`${path} ${bitsOf(await weight.data())}`);
  expect(captured.recordings).toBe(isCaptured ? 1 : 0);
  for (const loss of losses) loss.dispose();
  captured.dispose();
  optimizer.dispose();
  model.dispose();
  return seen;
}

/** A hash of the bits. */
export function bitsOf(values: ArrayBufferView): number {
  const words = new Uint32Array(values.buffer, values.byteOffset, values.byteLength / 4);
  let hash = 17;
  for (const word of words) hash = (Math.imul(hash, 31) + word) | 0;
  return hash;
}
