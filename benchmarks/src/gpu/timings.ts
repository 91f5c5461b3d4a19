import { SGD } from '@convnet/optim';
import {
  capture,
  crossEntropy,
  manualSeed,
  noGrad,
  openScope,
  randn,
  tensor,
  type Tensor,
} from '@convnet/tensor-core';
import type { CudaDevice } from '@convnet/backend-cuda';

import type { LineProcess } from '../peers/line-process.ts';
import type { GpuDevice } from './gpu-device.ts';
import { buildRow, type GpuRow } from './networks.ts';

/** How steps are taken: operation by operation or as one graph, training; or inference as a graph. */
export type GpuMode = 'eager' | 'graph' | 'infer';

/** Times of one row: milliseconds of a step, each the median of its turns. */
export interface TimedRow extends GpuRow {
  readonly mode: GpuMode;
  readonly tf32: boolean;
  readonly own: number;
  /** Null without PyTorch. */
  readonly pytorch: number | null;
  /** PyTorch's time over the own: above 1, convnet is faster. */
  readonly ratio: number | null;
}

/** Something that takes steps and gives the milliseconds of one, up to the end of the last on the device. */
interface Steps {
  take(count: number): Promise<number>;
  dispose(): void;
}

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;

/** Steps of convnet. */
export interface OwnSteps extends Steps {
  /** Takes a step, and does not wait for it. */
  once(): void;
}

/** How long, and how often, each takes its turn. */
export interface TurnOptions {
  readonly rounds: number;
  readonly turnMs: number;
}

/** Times a row on convnet and on PyTorch in turns. */
export async function timeRow(
  row: GpuRow,
  mode: GpuMode,
  device: GpuDevice,
  tf32: boolean,
  peer: LineProcess | null,
  { rounds, turnMs }: TurnOptions,
): Promise<TimedRow> {
  const steppers: Steps[] = [await ownSteps(row, mode, device)];
  try {
    // PyTorch has no network of some names where torchvision is not installed.
    const theirs = await peer?.ask<{ parameters: number | null }>({
      build: { ...row, mode, tf32 },
    });
    if (peer !== null && typeof theirs?.parameters === 'number') {
      steppers.push({
        take: async (count) => (await peer.ask<{ ms: number }>({ steps: count })).ms,
        dispose: () => undefined,
      });
    }
    const counts: number[] = [];
    for (const stepper of steppers) {
      await stepper.take(3);
      counts.push(Math.max(3, Math.round(turnMs / (await stepper.take(3)))));
    }
    const times: number[][] = steppers.map(() => []);
    for (let round = 0; round < rounds; round++) {
      for (const [i, stepper] of steppers.entries()) times[i]!.push(await stepper.take(counts[i]!));
    }
    const own = median(times[0]!);
    const pytorch = times[1] === undefined ? null : median(times[1]);
    return { ...row, mode, tf32, own, pytorch, ratio: pytorch === null ? null : pytorch / own };
  } finally {
    for (const stepper of steppers) stepper.dispose();
  }
}

export async function ownSteps(row: GpuRow, mode: GpuMode, device: GpuDevice): Promise<OwnSteps> {
  manualSeed(0);
  const model = buildRow(row, device);
  const held = openScope();
  const inputs = randn([row.batch, ...row.inputShape], { device });
  const classes = Int32Array.from({ length: row.batch }, (_, i) => i % row.numClasses);
  const labels = tensor(classes, [row.batch], { device });
  const optimizer = new SGD(model.parameters(), { learningRate: 0.01, momentum: 0.9 });
  const learn = (x: Tensor, classesOfX: Tensor): Tensor => {
    optimizer.zeroGrad();
    const loss = crossEntropy(model.forward(x), classesOfX);
    loss.backward();
    optimizer.step();
    return loss;
  };
  if (mode === 'infer') model.eval();
  const infer = (x: Tensor): Tensor => noGrad(() => model.forward(x));
  const learning = capture(learn);
  const inferring = capture(infer);
  const steps: Readonly<Record<GpuMode, () => Tensor>> = {
    eager: () => learn(inputs, labels),
    graph: () => learning(inputs, labels),
    infer: () => inferring(inputs),
  };
  const captured = mode === 'infer' ? inferring : learning;
  const once = (): void => {
    using _ = openScope();
    steps[mode]();
  };
  once();
  if (mode !== 'eager') await captured.ready;
  return {
    once,
    async take(count) {
      await device.synchronize();
      const start = performance.now();
      for (let i = 0; i < count; i++) once();
      await device.synchronize();
      return (performance.now() - start) / count;
    },
    dispose() {
      learning.dispose();
      inferring.dispose();
      optimizer.dispose();
      held.close();
      model.dispose();
    },
  };
}

/** What a long training held: bytes after a tenth of the steps and at the end, and how often the host waited in between. */
export interface LongRun {
  readonly steps: number;
  readonly reservedEarly: number;
  readonly reservedLate: number;
  readonly liveEarly: number;
  readonly liveLate: number;
  readonly waits: number;
}

/** Trains for many steps, captured, and says whether memory stays and the host never waits. */
export async function runLong(row: GpuRow, device: CudaDevice, steps: number): Promise<LongRun> {
  const stepper = await ownSteps(row, 'graph', device);
  try {
    await stepper.take(Math.ceil(steps / 10));
    const early = device.memory();
    const { waits } = device.counts;
    await stepper.take(steps - Math.ceil(steps / 10));
    const late = device.memory();
    return {
      steps,
      reservedEarly: early.reserved,
      reservedLate: late.reserved,
      liveEarly: early.live,
      liveLate: late.live,
      // Two are those of the measurement itself.
      waits: device.counts.waits - waits - 2,
    };
  } finally {
    stepper.dispose();
  }
}
