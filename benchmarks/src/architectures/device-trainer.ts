import { DataLoader, type BlockDataset } from '@convnet/data';
import { AdamW, OneCycleLR } from '@convnet/optim';
import { manualSeed, type Device } from '@convnet/tensor-core';
import { evaluate, fit, type Classifier } from '@convnet/train';

import { atMost } from '../compare/samples.ts';
import { StepTimes } from '../compare/step-times.ts';
import type { Timing } from '../report/row.ts';
import { coreSeconds } from './core-clock.ts';
import type { CurvePoint, TrainingOutcome } from './entries.ts';
import { timeInference } from './latency.ts';
import { samplesFor } from './network-samples.ts';
import type { PlannedNetwork } from './plan.ts';
import type { Recipe } from './recipe.ts';
import type { ThreeWaySplit } from './three-way-split.ts';
import type { OnProgress, Trainer, TrainingRequest, TrialOutcome } from './trainer.ts';

/** Samples in a batch of validation and test. */
const testBatchSize = 250;

/** Steps that are timed, after some that are not. */
const timedSteps = 7;
const warmUpSteps = 5;

/** A network after its training, with what the training was like. */
interface Trained {
  readonly model: Classifier;
  readonly device: Device;
  readonly curve: readonly CurvePoint[];
  readonly seconds: number;
  readonly coreSeconds: number;
  readonly step: Timing;
}

/** Trains on a device that is opened anew for each training, so that the memory it takes is that training's. */
export class DeviceTrainer implements Trainer {
  readonly #splits: ReadonlyMap<string, ThreeWaySplit>;
  readonly #recipe: Recipe;
  readonly #open: () => Promise<Device>;
  readonly #signal: AbortSignal;

  /** `splits`: by the names of the sets. */
  constructor(
    splits: ReadonlyMap<string, ThreeWaySplit>,
    recipe: Recipe,
    open: () => Promise<Device>,
    signal: AbortSignal,
  ) {
    this.#splits = splits;
    this.#recipe = recipe;
    this.#open = open;
    this.#signal = signal;
  }

  samplesOf = (network: PlannedNetwork): number => this.#samples(network).train.length;

  async time(network: PlannedNetwork): Promise<number> {
    const { batchSize } = this.#recipe;
    const { train } = this.#samples(network);
    const few = atMost(train, (warmUpSteps + timedSteps) * batchSize);
    // The median of single steps: one that waits for the collector of garbage counts for little.
    const times: number[] = [];
    let last = 0;
    const request = { rate: 1e-5, epochs: 1, seed: 0 };
    await this.#fitted(network, request, few, null, {
      onStep: (step) => {
        const now = coreSeconds();
        if (step > warmUpSteps) times.push(now - last);
        last = now;
      },
    });
    return times.toSorted((a, b) => a - b)[times.length >> 1]! / batchSize;
  }

  async tryRate(
    network: PlannedNetwork,
    request: TrainingRequest,
    onProgress: OnProgress,
  ): Promise<TrialOutcome> {
    const { train, validation } = this.#samples(network);
    return this.#fitted(network, request, train, null, { onProgress }, async (trained) => {
      const found = await evaluate(trained.model, this.#batches(validation, trained.device));
      return {
        validationAccuracy: found.accuracy,
        validationLoss: found.loss,
        seconds: trained.seconds,
        coreSeconds: trained.coreSeconds,
      };
    });
  }

  async train(
    network: PlannedNetwork,
    request: TrainingRequest,
    onProgress: OnProgress,
  ): Promise<TrainingOutcome> {
    const { train, validation, test } = this.#samples(network);
    return this.#fitted(network, request, train, validation, { onProgress }, async (trained) => {
      const { model, device, curve, seconds, coreSeconds, step } = trained;
      const memoryBytes = device.memory().reserved;
      const { accuracy, loss } = await evaluate(model, this.#batches(test, device));
      const inference = await timeInference(model, train.inputShape, device);
      return {
        accuracy,
        testLoss: loss,
        curve,
        seconds,
        coreSeconds,
        step,
        inference,
        memoryBytes,
      };
    });
  }

  #samples(network: PlannedNetwork): ReturnType<typeof samplesFor> {
    return samplesFor(network, this.#splits.get(network.set.name)!);
  }

  #batches(samples: BlockDataset, device: Device): DataLoader {
    return new DataLoader(samples, { batchSize: testBatchSize, device });
  }

  /** Trains a new network, gives it to `then`, and disposes of all of it. */
  async #fitted<Result>(
    network: PlannedNetwork,
    { rate, epochs, seed }: TrainingRequest,
    samples: BlockDataset,
    validation: BlockDataset | null,
    on: { readonly onProgress?: OnProgress; readonly onStep?: (step: number) => void },
    then?: (trained: Trained) => Promise<Result>,
  ): Promise<Result> {
    this.#signal.throwIfAborted();
    const { set, member } = network;
    const { batchSize, weightDecay } = this.#recipe;
    const device = await this.#open();
    try {
      manualSeed(seed);
      const [inChannels, ...inputSize] = samples.inputShape;
      const model = member.build({
        dims: set.dims,
        inChannels: inChannels!,
        numClasses: samples.classes.length,
        inputSize,
        stem: set.stem,
        device,
      });
      const optimizer = new AdamW(model.parameters(), { learningRate: rate, weightDecay });
      const train = new DataLoader(samples, { batchSize, shuffle: true, seed, device });
      const schedule = new OneCycleLR(optimizer, {
        maxLearningRate: rate,
        totalSteps: epochs * train.length,
      });
      const times = new StepTimes();
      const curve: CurvePoint[] = [];
      let used = 0;
      let begun = coreSeconds();
      const reports = await fit(model, {
        train,
        optimizer,
        schedule,
        epochs,
        signal: this.#signal,
        ...(validation === null ? {} : { test: this.#batches(validation, device) }),
        ...(member.loss === undefined ? {} : { loss: member.loss }),
        onStep: ({ epoch, step, steps, loss }) => {
          times.add(step);
          on.onStep?.(step);
          on.onProgress?.((epoch - 1 + step / steps) / epochs, detailOf(epoch, epochs, loss));
          // The validation that follows the last step is not training.
          if (step === steps) used += coreSeconds() - begun;
        },
        onEpoch: ({ epoch, loss, test }) => {
          begun = coreSeconds();
          if (test === null) return;
          curve.push({
            epoch,
            loss,
            validationAccuracy: test.accuracy,
            validationLoss: test.loss,
            coreSeconds: used,
          });
        },
      });
      const seconds = reports.reduce((sum, report) => sum + report.seconds, 0);
      const trained = { model, device, curve, seconds, coreSeconds: used, step: times.timing() };
      return (await then?.(trained)) as Result;
    } finally {
      // With all that lives on it.
      device.dispose();
    }
  }
}

const detailOf = (epoch: number, epochs: number, loss: number): string =>
  `epoch ${epoch}/${epochs}${Number.isNaN(loss) ? '' : `  loss ${loss.toFixed(3)}`}`;
