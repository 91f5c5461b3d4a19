import { DataLoader } from '@convnet/data';
import type { SeriesSplit } from '@convnet/datasets';
import { Adam, OneCycleLR } from '@convnet/optim';
import { manualSeed, type Device } from '@convnet/tensor-core';
import { mini_rocket } from '@convnet/time-series';
import { evaluate, fit, type Classifier } from '@convnet/train';

import { seriesRecipe } from './recipe.ts';

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
  readonly epochs: number;
  readonly device: Device;
  readonly signal: AbortSignal;
  /** Is told how far the training is, 0 to 1. */
  readonly onProgress: (share: number) => void;
}

export interface TrainedSeries {
  /** In evaluation mode; the caller disposes of it. */
  readonly model: Classifier;
  /** Mean training loss of the last epoch, or of what was fitted without epochs. */
  readonly loss: number;
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

/** Training by gradient, by the recipe. */
export function byGradient(build: SeriesBuilder): TrainSeries {
  return async ({ set, seed, epochs, device, signal, onProgress }) => {
    const { batchSize, maxLearningRate, rise } = seriesRecipe;
    manualSeed(seed);
    const [inChannels] = set.train.get(0)[0].shape as [number];
    const model = build({ inChannels, numClasses: set.train.classes.length, device });
    const train = new DataLoader(set.train, { batchSize, shuffle: true, seed, device });
    const optimizer = new Adam(model.parameters(), { learningRate: maxLearningRate });
    const totalSteps = epochs * train.length + 1;
    try {
      const report = await fit(model, {
        train,
        optimizer,
        schedule: new OneCycleLR(optimizer, { maxLearningRate, totalSteps, rise }),
        epochs,
        signal,
        onEpoch: ({ epoch }) => onProgress(epoch / epochs),
      });
      const { seconds } = report;
      return { model: model.eval(), loss: report.at(-1)!.loss, seconds };
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
    return { model: model.eval(), loss, seconds };
  } catch (error) {
    model.dispose();
    throw error;
  }
};
