import type { AnyModule } from '@convnet/layers';

import { NonFiniteLossError, NonFiniteWeightsError } from '../errors.ts';
import type { BadLoss, LossWindow } from './loss-window.ts';
import { anySuspicious, findBadSamples, findBadWeights } from './non-finite.ts';
import type { AnyFitOptions } from './options.ts';
import { RunGuard } from './run-guard.ts';

/** Where a look at the losses is taken. */
export interface Place {
  readonly epoch: number;
  /** Batches of the epoch so far. */
  readonly batch: number;
  /** Steps of all epochs so far. */
  readonly totalSteps: number;
  /** Number of the step of all epochs that a batch of this epoch belongs to. */
  stepOf(batch: number): number;
  /** What the batches called this epoch; undefined where they do not number them. */
  readonly loaderEpoch: number | undefined;
}

/** Looks at losses and weights from time to time, and goes back to the last good look where one is not finite. */
export class Inspection {
  readonly #model: AnyModule;
  readonly #options: AnyFitOptions;
  readonly #guard: RunGuard;
  /** Whether the present state has been looked at. */
  #isGood = true;
  /** Batches of the present epoch at the last look, all good. */
  #looked = 0;

  constructor(model: AnyModule, options: AnyFitOptions) {
    this.#model = model;
    this.#options = options;
    const { schedule, average } = options;
    this.#guard = new RunGuard(model, options.optimizer, [schedule, average]);
  }

  get isGood(): boolean {
    return this.#isGood;
  }

  /** To be called before an epoch, of which `batch` batches have been looked at before. */
  startEpoch(batch: number): void {
    this.#looked = batch;
  }

  /**
   * To be called before a step: remembers a state that has been looked at. Not at the look itself: what a callback has
   * changed since is part of what to go back to.
   */
  beforeStep(totalSteps: number): void {
    if (this.#isGood) this.#guard.remember(totalSteps);
    this.#isGood = false;
  }

  /** Reads the losses, and looks whether the weights are finite. @throws where one is not, going back. */
  async look(losses: LossWindow, place: Place): Promise<void> {
    const bad = await losses.read();
    if (bad !== undefined) throw await this.#badLoss(bad, place);
    const { optimizer } = this.#options;
    if (await anySuspicious(optimizer.groups.flatMap(({ parameters }) => parameters))) {
      const weights = await findBadWeights(this.#model, optimizer);
      if (weights.length > 0) throw await this.#badWeights(weights, place);
    }
    this.#isGood = true;
    this.#looked = place.batch;
  }

  /** Goes back, and finds out why. */
  async #badLoss({ batch, loss }: BadLoss, place: Place): Promise<NonFiniteLossError> {
    const { train, optimizer } = this.#options;
    const restoredStep = this.#guard.restore();
    const step = place.stepOf(batch);
    const data = await findBadSamples(train, place.loaderEpoch, this.#looked + 1, batch);
    const weights = await findBadWeights(this.#model, optimizer);
    const first = step === 1 ? 'forward' : 'training';
    const origin = data.samples.length > 0 ? 'data' : weights.length > 0 ? 'weights' : first;
    const { epoch } = place;
    return new NonFiniteLossError({
      step,
      epoch,
      batch,
      loss,
      restoredStep,
      origin,
      weights,
      ...data,
    });
  }

  /** Goes back, and finds out why. */
  async #badWeights(weights: readonly string[], place: Place): Promise<NonFiniteWeightsError> {
    const restoredStep = this.#guard.restore();
    const { train } = this.#options;
    const { epoch, totalSteps, batch, loaderEpoch } = place;
    const data = await findBadSamples(train, loaderEpoch, this.#looked + 1, batch);
    return new NonFiniteWeightsError({ step: totalSteps, epoch, weights, restoredStep, ...data });
  }

  dispose(): void {
    this.#guard.dispose();
  }
}
