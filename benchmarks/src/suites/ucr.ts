import { DataLoader } from '@convnet/data';
import { ucr as readUcr } from '@convnet/datasets';
import { summary } from '@convnet/layers';
import { Ensemble } from '@convnet/time-series';
import { evaluate, type Classifier } from '@convnet/train';

import { blankRow } from '../report/blank-row.ts';
import * as columns from '../report/columns.ts';
import { nameOf, rowError } from '../report/failures.ts';
import { count, percent } from '../report/format.ts';
import type { Profile } from '../profile.ts';
import type { Row } from '../report/row.ts';
import { meanOf } from '../report/statistics.ts';
import type { Suite, SuiteContext } from '../suite.ts';
import { seriesEntries, seriesNames, type SeriesEntry } from '../time-series/entries.ts';
import {
  authorsRecipe,
  cycleRecipe,
  seriesEpochs,
  seriesSeeds,
  seriesSets,
} from '../time-series/recipe.ts';
import { testBatch, type SeriesSet, type TrainedSeries } from '../time-series/train-series.ts';

const { mostOfBatch, leastBatches, maxLearningRate, rise } = cycleRecipe;

const recipes: Readonly<Record<Profile, string>> = {
  quick:
    `in batches of ${mostOfBatch} or of the power of two that makes ${leastBatches} full ones: Adam, one cycle of the rate up ` +
    `to ${maxLearningRate} in the first ${percent(rise, 0)} of the steps and down to nothing.`,
  full:
    'as its authors do, in batches of their size: Adam, the rate from ' +
    `${authorsRecipe.learningRate} on times ${authorsRecipe.factor} after ${authorsRecipe.patience} epochs without a smaller ` +
    `training loss, down to ${authorsRecipe.minLearningRate}; the weights of the least training loss.`,
};

/** Trains the networks for time series on sets of the UCR archive, beside the accuracies that were published. */
export const ucr: Suite = {
  name: 'ucr',
  summary: 'accuracies of the networks for time series on the UCR archive, beside the published',
  description:
    `Trains networks for time series on the small sets ${seriesSets.join(', ')} of the UCR archive, with ` +
    `${seriesSeeds} seeds each, and shows the accuracy on the published test series beside that of the authors: ` +
    'the mean over the seeds, or that of the ensemble of the networks where the paper is about one. The test series are ' +
    'looked at once, after the last epoch. The archive is in no npm package: --data names the folder with a folder for ' +
    "each set in it, such as aeon/datasets/data of the Python package aeon's wheel.",
  options: ['models', 'datasets', 'epochs', 'data'],
  modelNames: seriesNames,
  datasetNames: seriesSets,
  defaultThreads: 1,
  fileName: ({ models }) => ['ucr', ...(models ?? [])].join('-'),
  columns: [
    columns.model,
    columns.datasetAndDims,
    columns.params,
    columns.accuracyAndSpread,
    {
      title: ['ensemble'],
      align: 'right',
      cell: ({ published }) => percent(published?.joins === 'vote' ? published.found : null, 1),
    },
    {
      title: ['published'],
      align: 'right',
      cell: ({ published }) => percent(published?.accuracy ?? null, 1),
    },
    {
      title: ['off by', 'points'],
      align: 'right',
      cell: ({ published }) =>
        published === undefined ? '–' : (100 * (published.found - published.accuracy)).toFixed(1),
    },
    columns.trainingSeconds,
  ],
  async *run(context) {
    const { options, signal, note, attribute } = context;
    const epochs = options.epochs ?? seriesEpochs[options.profile];
    note(
      `Each network trains ${seriesSeeds} times for ${epochs} epochs, ${recipes[options.profile]} Accuracies are means over ` +
        'the seeds ± their standard deviation; the ensemble is of the same networks. mini_rocket makes no passes: its ' +
        'classifier is fitted by ridge regression.',
    );
    for (const name of options.datasets ?? seriesSets) {
      const set = await readUcr(name, { folder: options.data! });
      attribute(set.source);
      for (const entry of seriesEntries) {
        if (options.models?.includes(entry.name) === false) continue;
        signal.throwIfAborted();
        yield await rowOf(context, entry, name, set, epochs);
      }
    }
    for (const { name, published } of seriesEntries) {
      if (options.models?.includes(name) ?? true)
        note(`Published of ${name}: ${published.source}.`);
    }
  },
};

async function rowOf(
  context: SuiteContext,
  entry: SeriesEntry,
  dataset: string,
  set: SeriesSet,
  epochs: number,
): Promise<Row> {
  const { shape } = set.train.get(0)[0];
  const subject = { suite: ucr.name, model: entry.name, dims: 1, inputShape: [1, ...shape] };
  const row: Row = { ...blankRow(context, subject), dataset };
  const trained: TrainedSeries[] = [];
  try {
    const accuracies: number[] = [];
    for (let seed = 0; seed < seriesSeeds; seed++) {
      const one = await trainOne(context, entry, row, set, epochs, context.options.seed + seed);
      trained.push(one);
      accuracies.push(await accuracyOf(one.model, set, context));
    }
    const accuracy = meanOf(accuracies);
    const isVote = entry.joins === 'vote';
    const found = isVote
      ? await accuracyOf(new Ensemble(trained.map(({ model }) => model)), set, context)
      : accuracy;
    const { parameters, macs } = summary(trained[0]!.model, row.inputShape!);
    return {
      ...row,
      params: parameters,
      macs,
      accuracy,
      accuracies,
      published: { accuracy: entry.published.sets[dataset]!, joins: entry.joins, found },
      training: figuresOf(trained, set, epochs),
    };
  } catch (error) {
    if (context.signal.aborted) throw error;
    context.progress.note(`${nameOf(row)}: failed, the rest goes on`);
    return { ...row, error: rowError(error) };
  } finally {
    for (const { model } of trained) model.dispose();
  }
}

async function trainOne(
  { device, signal, progress, options }: SuiteContext,
  entry: SeriesEntry,
  row: Row,
  set: SeriesSet,
  epochs: number,
  seed: number,
): Promise<TrainedSeries> {
  const detail = `seed ${seed - options.seed + 1} of ${count(seriesSeeds)}`;
  const onProgress = (share: number): void =>
    progress.show([
      { label: nameOf(row), share: (seed - options.seed + share) / seriesSeeds, detail },
    ]);
  const { profile } = options;
  return await entry.train({ set, seed, profile, epochs, device, signal, onProgress });
}

async function accuracyOf(
  model: Classifier,
  set: SeriesSet,
  { device }: SuiteContext,
): Promise<number> {
  const batches = new DataLoader(set.test, { batchSize: testBatch, device });
  return (await evaluate(model, batches)).accuracy;
}

/** Seconds are those of all seeds. */
function figuresOf(
  trained: readonly TrainedSeries[],
  { train, test }: SeriesSet,
  epochs: number,
): NonNullable<Row['training']> {
  const seconds = trained.reduce((sum, one) => sum + one.seconds, 0);
  const passes = trained.length * epochs;
  return {
    epochs,
    batchSize: trained[0]!.batchSize,
    trainSamples: train.length,
    testSamples: test.length,
    loss: meanOf(trained.map(({ loss }) => loss)),
    seconds,
    secondsPerEpoch: seconds / passes,
    samplesPerSecond: (passes * train.length) / seconds,
  };
}
