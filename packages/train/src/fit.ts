import { ConvnetError, crossEntropy, keep, type Tensor } from '@convnet/tensor-core';
import type { Optimizer } from '@convnet/optim';

import { evaluate, type Batches, type Classifier, type Evaluation } from './evaluate.ts';
import { WeightGuard } from './weight-guard.ts';

/** A loss that was NaN or infinite. The model has the weights of step `restoredStep` again. */
export class NonFiniteLossError extends ConvnetError {
  override readonly name = 'NonFiniteLossError';
  /** Number of the step whose loss it was, from 1. */
  readonly step: number;
  readonly loss: number;
  /** Number of steps that the weights now in the model have seen. */
  readonly restoredStep: number;

  constructor(step: number, loss: number, restoredStep: number) {
    super(
      `the loss of step ${step} is ${loss}; training stopped and the model has the weights of step ` +
        `${restoredStep} again. A smaller learning rate often helps.`,
    );
    this.step = step;
    this.loss = loss;
    this.restoredStep = restoredStep;
  }
}

/** Where a run stands. */
export interface StepReport {
  /** From 1. */
  readonly epoch: number;
  readonly epochs: number;
  /** Steps done in this epoch, of `steps`. */
  readonly step: number;
  readonly steps: number;
  /** Mean loss of the steps between the last two checks; NaN before the first. */
  readonly loss: number;
}

/** One epoch of a run. */
export interface EpochReport {
  /** From 1. */
  readonly epoch: number;
  /** Mean training loss of its steps. */
  readonly loss: number;
  /** On the test set, where there is one. */
  readonly test: Evaluation | null;
  /** Of training, without the test. */
  readonly seconds: number;
  readonly samplesPerSecond: number;
}

/** What `fit` reads of an `AbortSignal`. */
export interface AbortSignalLike {
  readonly aborted: boolean;
  readonly reason?: unknown;
}

export interface FitOptions {
  readonly train: Batches;
  readonly optimizer: Optimizer;
  readonly epochs: number;
  /** Evaluated after every epoch. */
  readonly test?: Batches;
  /** Loss of logits and labels. Default cross-entropy. */
  readonly loss?: (logits: Tensor, labels: Tensor) => Tensor;
  /** Moves a learning-rate schedule on, after each step. */
  readonly schedule?: { step(): void };
  /** Steps between two looks at the losses, which wait for the device. Default 20. */
  readonly checkEvery?: number;
  readonly onStep?: (report: StepReport) => void;
  readonly onEpoch?: (report: EpochReport) => void;
  /** Stops between two steps; `fit` then rejects with the signal's reason. */
  readonly signal?: AbortSignalLike;
}

/**
 * Trains a classifier. The losses are read every `checkEvery` steps; where one is not finite, the weights of
 * the last good look are put back.
 * @throws NonFiniteLossError.
 */
export async function fit(model: Classifier, options: FitOptions): Promise<EpochReport[]> {
  const { train, test, optimizer, epochs, loss = crossEntropy, schedule, signal } = options;
  const { checkEvery = 20, onStep, onEpoch } = options;
  const reports: EpochReport[] = [];
  const guard = new WeightGuard(model);
  const steps = train.length;
  try {
    for (let epoch = 1; epoch <= epochs; epoch++) {
      model.train();
      const start = performance.now();
      const losses = new LossWindow((epoch - 1) * steps);
      let samples = 0;
      for await (const [inputs, labels] of train) {
        throwIfAborted(signal);
        const value = loss(model.forward(inputs), labels);
        optimizer.zeroGrad();
        value.backward();
        optimizer.step();
        schedule?.step();
        losses.add(value);
        samples += labels.size;
        if (losses.count % checkEvery === 0 || losses.count === steps) await losses.check(guard);
        onStep?.({ epoch, epochs, step: losses.count, steps, loss: losses.latest });
      }
      await losses.check(guard);
      const seconds = (performance.now() - start) / 1000;
      const report: EpochReport = {
        epoch,
        loss: losses.mean,
        test: test === undefined ? null : await evaluate(model, test),
        seconds,
        samplesPerSecond: samples / seconds,
      };
      reports.push(report);
      onEpoch?.(report);
    }
  } finally {
    guard.dispose();
  }
  return reports;
}

/** The losses of one epoch: those not yet read, and the sum of the others. */
class LossWindow {
  readonly #stepsBefore: number;
  #unread: Tensor[] = [];
  #sum = 0;
  /** Steps so far. */
  count = 0;
  /** Mean of the losses that the last check read. */
  latest: number = Number.NaN;

  constructor(stepsBefore: number) {
    this.#stepsBefore = stepsBefore;
  }

  add(loss: Tensor): void {
    this.#unread.push(keep(loss.detach()));
    this.count++;
  }

  /** Mean of all losses that have been read. */
  get mean(): number {
    return this.#sum / (this.count - this.#unread.length);
  }

  /** Reads the losses; good ones make the present weights the ones to go back to. */
  async check(guard: WeightGuard): Promise<void> {
    const unread = this.#unread;
    if (unread.length === 0) return;
    this.#unread = [];
    const values = await Promise.all(unread.map((loss) => loss.item()));
    for (const loss of unread) loss.dispose();
    const bad = values.findIndex((value) => !Number.isFinite(value));
    const done = this.#stepsBefore + this.count;
    if (bad >= 0) {
      const restored = guard.restore();
      throw new NonFiniteLossError(done - values.length + bad + 1, values[bad]!, restored);
    }
    guard.remember(done);
    const total = values.reduce((sum, value) => sum + value, 0);
    this.#sum += total;
    this.latest = total / values.length;
  }
}

/** As the method of AbortSignal, which browsers before 2022 lack, as they lack reasons. */
function throwIfAborted(signal: AbortSignalLike | undefined): void {
  if (signal?.aborted !== true) return;
  throw (signal.reason as Error | undefined) ?? new DOMException('fit was aborted', 'AbortError');
}
