import type { AnyModule } from '@convnet/layers';
import { ReduceLROnPlateau } from '@convnet/optim';
import { openScope, type TrainingPlace } from '@convnet/tensor-core';

import { emptySet, lengthOf, samplesOf, type Batches } from '../batches.ts';
import { evaluate, type Evaluation } from '../evaluate.ts';
import { BestWeights } from './best-weights.ts';
import { Inspection, type Place } from './inspection.ts';
import { LossWindow } from './loss-window.ts';
import { trainAllButFrozen } from './modes.ts';
import { monitorOf } from './monitor.ts';
import { reasonOf } from './abort.ts';
import type { AbortSignalLike, FitOptions } from './options.ts';
import { Position } from './position.ts';
import type { Callback, EpochReport, FitReport, StepReport, StopReason } from './reports.ts';
import { RunState, type RunMemory } from './run-state.ts';
import { TrainingStep } from './training-step.ts';

/** A run of `fit`: what its epochs share. */
export class Run<Batch> {
  readonly #model: AnyModule;
  readonly #options: FitOptions<Batch>;
  readonly #step: TrainingStep<Batch>;
  readonly #inspection: Inspection;
  readonly #callbacks: readonly Callback[];
  readonly #hasStepCallbacks: boolean;
  readonly #memory: RunMemory;
  readonly #state: RunState;
  #losses = new LossWindow();
  #savedSteps = -1;
  #stopped: StopReason | null = null;
  #restoredBest = false;

  constructor(model: AnyModule, options: FitOptions<Batch>) {
    this.#model = model;
    this.#options = options;
    const { earlyStopping, onStep, onEpoch, callbacks = [] } = options;
    const restoresBest = earlyStopping !== undefined && earlyStopping.restoreBest !== false;
    this.#memory = {
      position: new Position(),
      monitor: monitorOf(options),
      best: restoresBest ? new BestWeights(model) : null,
      reports: [],
      losses: { sums: {}, count: 0 },
    };
    this.#state = new RunState(model, options, this.#memory);
    this.#callbacks = [...callbacks, { ...(onStep && { onStep }), ...(onEpoch && { onEpoch }) }];
    this.#hasStepCallbacks = this.#callbacks.some((callback) => callback.onStep !== undefined);
    this.#step = new TrainingStep(model, options);
    this.#inspection = new Inspection(model, options);
  }

  /** Trains until the run is over. */
  async train(): Promise<void> {
    const { epochs, checkpoints } = this.#options;
    const { position, best } = this.#memory;
    const restored = (await checkpoints?.restore(this.#state.parts())) ?? null;
    if (restored !== null) this.#savedSteps = position.totalSteps;
    checkpoints?.startClock();
    position.startClock();
    await this.#tell('onStart', {
      epochs,
      steps: this.#steps,
      epoch: Math.min(position.epoch, Math.max(1, epochs)),
      step: position.step,
      totalSteps: position.totalSteps,
      parameters: this.#model.parameters().reduce((sum, { size }) => sum + size, 0),
      checkpoint: restored?.name ?? null,
      skippedCheckpoints: restored?.skipped ?? [],
    });
    this.#stopped = this.#reasonToStop();
    while (this.#stopped === null) {
      trainAllButFrozen(this.#model);
      await this.#epoch();
    }
    if (position.batch === 0) await this.#save();
    if (best?.isTaken === true) {
      await best.restore();
      this.#restoredBest = true;
    }
  }

  async #epoch(): Promise<void> {
    const { signal, train } = this.#options;
    const { position, losses } = this.#memory;
    const length = this.#length;
    position.startEpoch(train.epoch);
    this.#losses = new LossWindow(losses.sums, losses.count);
    this.#inspection.startEpoch(position.batch);
    const skipped = this.#state.batchesToSkip;
    let batch = position.batch - skipped;
    if (skipped === 0) this.#state.restoreRandom();
    this.#state.mark();
    /** The first batch of the present group, and how many of it have been learned from. */
    let group = { first: 1, size: 1, done: 0 };
    for await (const given of train) {
      batch++;
      if (batch <= skipped) {
        if (batch === skipped) this.#state.restoreRandom();
        continue;
      }
      // Within a group the batches to come belong to the step that has begun.
      if (group.done === 0 && signal?.aborted === true) await this.#abort(signal);
      const samples = samplesOf(given);
      if (samples === 0) continue;
      if (group.done === 0) {
        this.#inspection.beforeStep(position.totalSteps);
        group = { first: batch, size: this.#groupSize(batch), done: 0 };
      }
      const isLast = group.done + 1 >= group.size || batch === length;
      this.#losses.add(this.#step.run(given, group.done, group.size, isLast), batch);
      group.done++;
      position.addSamples(samples);
      if (!isLast) continue;
      group.done = 0;
      const more = this.#afterStep(batch, length);
      // Waiting for nothing costs as much as a small step.
      if (more !== null) await more;
      if (this.#stopped !== null) break;
    }
    if (position.epochSamples === 0) throw emptySet('fit', 'train', train);
    if (group.done > 0) {
      // There were fewer batches than they said, or they did not say how many.
      this.#step.finishPart(group.done, group.size);
      await this.#afterStep(batch, batch);
    }
    await this.#afterEpoch(batch >= length || this.#stopped === null);
  }

  /** Batches in the group that begins with this one. */
  #groupSize(first: number): number {
    const { accumulate = 1 } = this.#options;
    return Math.max(1, Math.min(accumulate, this.#length - first + 1));
  }

  /** Batches in an epoch; Infinity where that is seen at its end only. */
  get #length(): number {
    return lengthOf(this.#options.train) ?? Infinity;
  }

  /** What follows a step; a promise where there is something to wait for. */
  #afterStep(batch: number, batches: number): Promise<void> | null {
    const { average, checkEvery = 20, signal, checkpoints } = this.#options;
    const { position } = this.#memory;
    if (this.#isStepped('step')) (this.#options.schedule as { step(): void }).step();
    average?.update();
    position.addStep(batch);
    this.#state.mark();
    const isEnd = batch >= batches;
    const isLook = position.step % checkEvery === 0 || isEnd;
    this.#stopped = this.#reasonToStop();
    const isBusy =
      isLook ||
      this.#hasStepCallbacks ||
      this.#stopped !== null ||
      checkpoints !== undefined ||
      signal?.aborted === true;
    return isBusy ? this.#waitAfterStep(isLook, isEnd) : null;
  }

  async #waitAfterStep(isLook: boolean, isEnd: boolean): Promise<void> {
    const { signal, checkpoints } = this.#options;
    const { position } = this.#memory;
    if (isLook) await this.#look();
    if (this.#hasStepCallbacks) await this.#tell('onStep', this.#stepReport());
    this.#stopped = this.#reasonToStop();
    // At the end of an epoch there is more to do before there is something to go on from.
    if (isEnd) return;
    if (this.#stopped !== null || checkpoints?.isDueAtStep(position.totalSteps) === true) {
      await this.#save();
    }
    if (signal?.aborted === true) await this.#abort(signal);
  }

  /** Throws the signal's reason; what was done is saved first. */
  async #abort(signal: AbortSignalLike): Promise<never> {
    await this.#save();
    throw reasonOf(signal);
  }

  /** Saves the state after the last step, unless that was done; losses and weights are looked at first. */
  async #save(): Promise<void> {
    const { checkpoints } = this.#options;
    const { position } = this.#memory;
    if (checkpoints === undefined || this.#savedSteps === position.totalSteps) return;
    if (!this.#inspection.isGood) await this.#look();
    this.#memory.losses = { sums: this.#losses.sums, count: this.#losses.count };
    await checkpoints.save(this.#state.parts(), position.totalSteps);
    this.#savedSteps = position.totalSteps;
  }

  #isStepped(every: 'step' | 'epoch'): boolean {
    const { schedule, scheduleEvery } = this.#options;
    if (schedule === undefined) return false;
    const usual = schedule instanceof ReduceLROnPlateau ? 'epoch' : 'step';
    return (scheduleEvery ?? usual) === every;
  }

  #look(): Promise<void> {
    const { position } = this.#memory;
    const { accumulate = 1 } = this.#options;
    const place: Place = {
      epoch: position.epoch,
      batch: position.batch,
      totalSteps: position.totalSteps,
      loaderEpoch: position.loaderEpoch,
      stepOf: (batch) => position.totalSteps - Math.ceil((position.batch - batch) / accumulate),
    };
    return this.#inspection.look(this.#losses, place);
  }

  async #afterEpoch(isWhole: boolean): Promise<void> {
    const { schedule, checkpoints } = this.#options;
    const { position, monitor, best, reports } = this.#memory;
    if (!this.#inspection.isGood) await this.#look();
    const seconds = position.epochSeconds;
    const { loss, ...values } = this.#losses.means;
    const { test: testSet, trainTest: trainTestSet } = this.#options;
    const test = await this.#test(testSet);
    const trainTest = await this.#test(trainTestSet);
    position.testSeconds = (test?.seconds ?? 0) + (trainTest?.seconds ?? 0);
    const figures = { loss: loss!, values, test };
    const value = monitor?.valueOf(figures);
    // A part of an epoch says as much about the weights as a whole one, but it is no epoch of patience or of a schedule.
    const isBest = value !== undefined && monitor!.observe(position.epoch, value);
    if (isBest) await this.#averaged(async () => best?.take());
    if (isWhole && this.#isStepped('epoch')) {
      if (schedule instanceof ReduceLROnPlateau) schedule.step(value!);
      else (schedule as { step(): void }).step();
    }
    const report: EpochReport = {
      epoch: position.epoch,
      ...figures,
      trainTest,
      seconds,
      samplesPerSecond: position.epochSamples / seconds,
      samples: position.epochSamples,
      totalSteps: position.totalSteps,
      learningRates: this.#learningRates,
      monitor: value === undefined ? null : { name: monitor!.name, value, isBest },
    };
    reports.push(report);
    if (isWhole) {
      position.nextEpoch();
      this.#memory.losses = { sums: {}, count: 0 };
      this.#losses = new LossWindow();
      this.#state.mark();
    }
    await this.#tell('onEpoch', report);
    this.#stopped ??= this.#reasonToStop();
    if (!isWhole || checkpoints === undefined) return;
    if (isBest && checkpoints.keepsBest) await checkpoints.saveBest(this.#state.parts());
    if (checkpoints.isDueAtEpoch(report.epoch) || checkpoints.isDueAtStep(position.totalSteps)) {
      await this.#save();
    }
  }

  async #test(set: Batches<Batch> | undefined): Promise<Evaluation | null> {
    const { loss, metrics, step } = this.#options;
    if (set === undefined) return null;
    const options = {
      ...(loss && { loss }),
      ...(metrics && { metrics }),
      ...(step && { step }),
    };
    return this.#averaged(() => evaluate(this.#model, set, options));
  }

  /** Runs `body` with the averages in the model, where there are some. */
  #averaged<T>(body: () => Promise<T>): Promise<T> {
    const { average } = this.#options;
    return average?.with === undefined ? body() : average.with(body);
  }

  #reasonToStop(): StopReason | null {
    const { epochs, maxSeconds, maxSamples = Infinity, earlyStopping } = this.#options;
    const { position, monitor } = this.#memory;
    if (maxSeconds !== undefined && position.seconds >= maxSeconds) return 'seconds';
    if (position.samples >= maxSamples) return 'samples';
    if (earlyStopping !== undefined && monitor!.waited >= earlyStopping.patience) return 'patience';
    return position.epoch > epochs ? 'epochs' : null;
  }

  /** Steps in an epoch; Infinity where that is not known. */
  get #steps(): number {
    const { accumulate = 1 } = this.#options;
    return Math.ceil(this.#length / accumulate);
  }

  get #learningRates(): number[] {
    return this.#options.optimizer.groups.map(({ options }) => options.learningRate);
  }

  #stepReport(): StepReport {
    const { position } = this.#memory;
    const { epochs, maxSeconds = Infinity, maxSamples = Infinity, earlyStopping } = this.#options;
    const { loss = Number.NaN, ...values } = this.#losses.latest;
    const rate = position.epochSamples / position.epochSeconds;
    const perStep = position.epochSeconds / position.step;
    // Not as a product, which of no further epoch and an unknown number of steps would be none.
    const steps = (epochs - position.epoch + 1) * this.#steps - position.step;
    const tests = epochs - position.epoch + 1;
    const isOpen = earlyStopping === undefined || earlyStopping.patience === Infinity;
    return {
      epoch: position.epoch,
      epochs,
      step: position.step,
      steps: this.#steps,
      totalSteps: position.totalSteps,
      loss,
      values,
      samples: position.epochSamples,
      samplesPerSecond: rate,
      learningRates: this.#learningRates,
      secondsLeft: Math.min(
        isOpen ? steps * perStep + tests * position.testSeconds : Infinity,
        steps * perStep + tests * position.testSeconds,
        Math.max(0, maxSeconds - position.seconds),
        Math.max(0, maxSamples - position.samples) / rate,
      ),
    };
  }

  async #tell<Name extends keyof Callback>(
    name: Name,
    report: Parameters<NonNullable<Callback[Name]>>[0],
  ): Promise<void> {
    for (const callback of this.#callbacks) {
      const tell = callback[name] as ((r: typeof report) => unknown) | undefined;
      if (tell === undefined) continue;
      // What it makes at once lasts until it is done, whether the loop has waited in this turn or not.
      using own = openScope();
      const told = tell.call(callback, report);
      own.leave();
      if (told instanceof Promise) await told;
    }
  }

  /** Tells the callbacks that the run has ended, also where an error ended it, which is then the one to hear of. */
  async end(error: unknown): Promise<void> {
    const { position } = this.#memory;
    const failures: unknown[] = [];
    const report = {
      stopped: this.#stopped,
      error,
      best: this.#best,
      totalSteps: position.totalSteps,
      seconds: position.seconds,
    };
    for (const callback of this.#callbacks) {
      try {
        await callback.onEnd?.(report);
      } catch (failure) {
        failures.push(failure);
      }
    }
    if (failures.length > 0 && error === undefined) throw failures[0];
  }

  /** How far it has come. */
  get place(): TrainingPlace {
    const { epoch, totalSteps } = this.#memory.position;
    return { step: totalSteps, epoch };
  }

  get #best(): FitReport['best'] {
    const { monitor } = this.#memory;
    return monitor?.best ? { ...monitor.best, name: monitor.name } : null;
  }

  get report(): FitReport {
    const { position } = this.#memory;
    return Object.assign([...this.#memory.reports], {
      stopped: this.#stopped ?? 'epochs',
      best: this.#best,
      restoredBest: this.#restoredBest,
      totalSteps: position.totalSteps,
      samples: position.samples,
      seconds: position.seconds,
    } as const);
  }

  /** Gives what it holds back. */
  dispose(): void {
    this.#step.dispose();
    this.#losses.dispose();
    this.#inspection.dispose();
    this.#memory.best?.dispose();
  }
}
