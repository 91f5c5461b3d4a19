import {
  capture,
  crossEntropy,
  keep,
  requireTensor,
  scope,
  type CapturedStep,
  type Tensor,
} from '@convnet/tensor-core';

import { emptySet, requireBatch } from './check.ts';
import { checkFit } from './check-fit.ts';
import { NonFiniteLossError, NonFiniteWeightsError } from './errors.ts';
import { evaluate, type Classifier } from './evaluate.ts';
import type { AbortSignalLike, EpochReport, FitOptions } from './fit-options.ts';
import { LossWindow, type BadLoss } from './loss-window.ts';
import { anySuspicious, findBadSamples, findBadWeights } from './non-finite.ts';
import { RunGuard } from './run-guard.ts';

/**
 * Trains a classifier, in training mode; every module is in the mode it was in when `fit` ends, however it ends.
 *
 * The losses are read every `checkEvery` steps, and whether the weights are finite is looked at. Where one is not,
 * model, optimiser (state and rates), `schedule` and `average` go back to the last good look, so that training can go
 * on from there as if the steps since had not been; a schedule or average of the caller's that has no `snapshot`
 * stays as it is. The number of the loader's next epoch and the stream of random numbers are not put back. For going
 * back, `fit` holds copies: as much memory as the weights and the optimiser's state take.
 *
 * Where `fit` ends by any other error, of a callback, of the data, of memory that runs out, or by `signal`, what the
 * steps so far have done stands: whole steps, of the optimiser, then the schedule, then the average, of which those
 * since the last look have not been looked at. Only an error thrown by one of these three comes between them; an
 * optimiser's says whether it has changed anything. Another `fit` goes on from there.
 *
 * @throws NonFiniteLossError, which names batch and samples where the data are to blame; NonFiniteWeightsError;
 * EmptySetError where `train` or `test` has no sample; ArgumentError for what is missing or does not belong together.
 */
export async function fit(model: Classifier, options: FitOptions): Promise<EpochReport[]> {
  checkFit(model, options);
  const { epochs } = options;
  const modes = Array.from(
    model.namedModules(),
    ([, module]) => [module, module.training] as const,
  );
  const run = new Run(model, options);
  const reports: EpochReport[] = [];
  try {
    for (let epoch = 1; epoch <= epochs; epoch++) {
      model.train();
      const report = await run.epoch(epoch);
      reports.push(report);
      await options.onEpoch?.(report);
    }
  } finally {
    run.dispose();
    for (const [module, mode] of modes) module.training = mode;
  }
  return reports;
}

/** A run of `fit`: what its epochs share. */
class Run {
  readonly #model: Classifier;
  readonly #options: FitOptions;
  readonly #guard: RunGuard;
  readonly #captured: CapturedStep<[Tensor, Tensor], Tensor> | null;
  #losses = new LossWindow();
  /** Steps of the epochs before. */
  #stepsBefore = 0;
  /** Whether the present state has been looked at and is not remembered yet. */
  #isGood = true;
  /** Steps of the present epoch at the last look, all good. */
  #looked = 0;
  /** The number that the batches gave the present epoch. */
  #number: number | undefined;

  constructor(model: Classifier, options: FitOptions) {
    this.#model = model;
    this.#options = options;
    this.#guard = new RunGuard(model, options.optimizer, [options.schedule, options.average]);
    const { capture: captures = options.loss === undefined } = options;
    this.#captured = captures ? capture(this.#learn, { otherwise: 'eager' }) : null;
  }

  async epoch(epoch: number): Promise<EpochReport> {
    const { train, test, signal, epochs, checkEvery = 20, onStep } = this.#options;
    const start = performance.now();
    const steps = train.length;
    const losses = new LossWindow();
    this.#losses = losses;
    this.#looked = 0;
    this.#number = train.epoch;
    let samples = 0;
    for await (const batch of train) {
      const [inputs, labels] = requireBatch('fit', 'train', batch);
      throwIfAborted(signal);
      if (inputs.shape[0] === 0) continue;
      // Not at the look itself: what a callback has changed since is part of what to go back to.
      if (this.#isGood) this.#guard.remember(this.#stepsBefore + losses.count);
      this.#isGood = false;
      losses.add(this.#step(inputs, labels));
      samples += labels.size;
      if (losses.count % checkEvery === 0 || losses.count === steps) await this.#look(epoch);
      const told = onStep?.({ epoch, epochs, step: losses.count, steps, loss: losses.latest });
      if (told instanceof Promise) await told;
    }
    if (samples === 0) throw emptySet('fit', 'train', train);
    if (!this.#isGood) await this.#look(epoch);
    this.#stepsBefore += losses.count;
    const seconds = (performance.now() - start) / 1000;
    return {
      epoch,
      loss: losses.mean,
      test: test === undefined ? null : await evaluate(this.#model, test),
      seconds,
      samplesPerSecond: samples / seconds,
    };
  }

  /** One step. Its loss belongs to no scope. */
  #step(inputs: Tensor, labels: Tensor): Tensor {
    const { schedule, average } = this.#options;
    return scope(() => {
      const loss = (this.#captured ?? this.#learn)(inputs, labels);
      schedule?.step();
      average?.update();
      return keep(loss.detach());
    });
  }

  readonly #learn = (inputs: Tensor, labels: Tensor): Tensor => {
    const { optimizer, loss = crossEntropy } = this.#options;
    const value = loss(this.#model.forward(inputs), labels);
    requireTensor('fit', value, 'loss to give a tensor');
    optimizer.zeroGrad();
    value.backward();
    optimizer.step();
    return value;
  };

  /** Reads the losses, and looks whether the weights are finite. @throws where one is not, going back. */
  async #look(epoch: number): Promise<void> {
    const bad = await this.#losses.read();
    if (bad !== undefined) throw await this.#badLoss(epoch, bad);
    const { optimizer } = this.#options;
    if (await anySuspicious(optimizer.groups.flatMap(({ parameters }) => parameters))) {
      const weights = await findBadWeights(this.#model, optimizer);
      if (weights.length > 0) throw await this.#badWeights(epoch, weights);
    }
    this.#isGood = true;
    this.#looked = this.#losses.count;
  }

  /** Goes back, and finds out why. */
  async #badLoss(epoch: number, { step, loss }: BadLoss): Promise<NonFiniteLossError> {
    const { train, optimizer } = this.#options;
    const restoredStep = this.#guard.restore();
    const place = { step: this.#stepsBefore + step, epoch, batch: step };
    const data = await findBadSamples(train, this.#number, this.#looked + 1, step);
    const weights = await findBadWeights(this.#model, optimizer);
    const first = place.step === 1 ? 'forward' : 'training';
    const origin = data.samples.length > 0 ? 'data' : weights.length > 0 ? 'weights' : first;
    return new NonFiniteLossError({ ...place, loss, restoredStep, origin, weights, ...data });
  }

  /** Goes back, and finds out why. */
  async #badWeights(epoch: number, weights: readonly string[]): Promise<NonFiniteWeightsError> {
    const restoredStep = this.#guard.restore();
    const { count } = this.#losses;
    const step = this.#stepsBefore + count;
    const { train } = this.#options;
    const data = await findBadSamples(train, this.#number, this.#looked + 1, count);
    return new NonFiniteWeightsError({ step, epoch, weights, restoredStep, ...data });
  }

  /** Gives what it holds back. */
  dispose(): void {
    this.#captured?.dispose();
    this.#losses.dispose();
    this.#guard.dispose();
  }
}

/** As the method of AbortSignal, which browsers before 2022 lack, as they lack reasons. */
function throwIfAborted(signal: AbortSignalLike | undefined): void {
  if (signal?.aborted !== true) return;
  throw (signal.reason as Error | undefined) ?? new DOMException('fit was aborted', 'AbortError');
}
