import { DataLoader } from '@convnet/data';
import type { SeriesSplit } from '@convnet/datasets';
import { Adam, OneCycleLR, ReduceLROnPlateau } from '@convnet/optim';
import { manualSeed, type Device } from '@convnet/tensor-core';
import { mini_rocket } from '@convnet/time-series';
import { evaluate, fit, type Classifier, type FitOptions } from '@convnet/train';

import type { Profile } from '../profile.ts';
import { authorsRecipe, cycleBatchSize, cycleRecipe } from './recipe.ts';

/** Series that go through a network at once where it does not learn. */
export const testBatch = 64;

/** A problem of the archive, in memory. */
export type SeriesSet = SeriesSplit<{
  readonly data: Float32Array;
  readonly shape: readonly number[];
}>;

export interface SeriesTraining {
  readonly set: SeriesSet;
  readonly seed: number;
  /** 'quick': one cycle of the rate. 'full': as the authors train. */
  readonly profile: Profile;
  readonly epochs: number;
  readonly device: Device;
  readonly signal: AbortSignal;
  /** Is told how far the training is, 0 to 1. */
  readonly onProgress: (share: number) => void;
}

export interface TrainedSeries {
  /** In evaluation mode; the caller disposes of it. */
  readonly model: Classifier;
  /** Mean training loss of the epoch whose weights it has, or of what was fitted without epochs. */
  readonly loss: number;
  /** Series of a step. */
  readonly batchSize: number;
  /** Of training alone. */
  readonly seconds: number;
}

/** Trains a network of one set, from first values that follow from the seed. */
export type TrainSeries = (training: SeriesTraining) => Promise<TrainedSeries>;

/** The builder of a network for series. */
export type SeriesBuilder = (options: {
  readonly inChannels: number;
  readonly numClasses: number;
  readonly device: Device;
}) => Classifier;

/** What `fit` is told of the rate, and of which weights to keep. */
interface Course {
  readonly optimizer: Adam;
  readonly options: Pick<FitOptions, 'schedule' | 'earlyStopping'>;
}

const courses: Readonly<Record<Profile, (model: Classifier, steps: number) => Course>> = {
  quick: (model, steps) => {
    const { maxLearningRate, rise } = cycleRecipe;
    const optimizer = new Adam(model.parameters(), { learningRate: maxLearningRate });
    const schedule = new OneCycleLR(optimizer, { maxLearningRate, totalSteps: steps + 1, rise });
    return { optimizer, options: { schedule } };
  },
  full: (model) => {
    const { learningRate, factor, patience, minLearningRate } = authorsRecipe;
    const optimizer = new Adam(model.parameters(), { learningRate });
    const schedule = new ReduceLROnPlateau(optimizer, { factor, patience, minLearningRate });
    return { optimizer, options: { schedule, earlyStopping: { patience: Infinity } } };
  },
};

/**
 * Training by gradient.
 * @param authorsBatchSize series of a step where so many are trained on, as the network's authors have it
 */
export function byGradient(
  build: SeriesBuilder,
  authorsBatchSize: (series: number) => number,
): TrainSeries {
  return async ({ set, seed, profile, epochs, device, signal, onProgress }) => {
    const series = set.train.length;
    const batchSize = profile === 'full' ? authorsBatchSize(series) : cycleBatchSize(series);
    manualSeed(seed);
    const [inChannels] = set.train.get(0)[0].shape as [number];
    const model = build({ inChannels, numClasses: set.train.classes.length, device });
    const train = new DataLoader(set.train, { batchSize, shuffle: true, seed, device });
    const { optimizer, options } = courses[profile](model, epochs * train.length);
    try {
      const report = await fit(model, {
        train,
        optimizer,
        epochs,
        signal,
        onEpoch: ({ epoch }) => onProgress(epoch / epochs),
        ...options,
      });
      const { seconds, best } = report;
      return { model: model.eval(), loss: best?.value ?? report.at(-1)!.loss, batchSize, seconds };
    } catch (error) {
      model.dispose();
      throw error;
    } finally {
      optimizer.dispose();
    }
  };
}

/** MiniRocket, which makes no passes: its biases come from the training series, its classifier from ridge regression. */
export const byRidge: TrainSeries = async ({ set, seed, device, onProgress }) => {
  manualSeed(seed);
  const { train } = set;
  const [inChannels, inputSize] = train.get(0)[0].shape as [number, number];
  const start = performance.now();
  const model = mini_rocket({ inChannels, inputSize, numClasses: train.classes.length, device });
  try {
    for await (const [x, labels] of new DataLoader(train, { batchSize: train.length, device })) {
      await model.fit(x, labels);
    }
    const seconds = (performance.now() - start) / 1000;
    onProgress(1);
    const { loss } = await evaluate(model, new DataLoader(train, { batchSize: testBatch, device }));
    return { model: model.eval(), loss, batchSize: train.length, seconds };
  } catch (error) {
    model.dispose();
    throw error;
  }
};
