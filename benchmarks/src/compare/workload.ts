import { subset, type Dataset } from '@convnet/data';
import type { DataSource } from '@convnet/datasets';

import { datasets, type BenchDataset } from '../dataset-table.ts';
import { modelNames, models } from '../model-table.ts';
import type { BenchOptions } from '../options.ts';
import { rowError } from '../report/failures.ts';
import type { RowError } from '../report/row.ts';
import { shareOut, type BudgetRequest } from './budget.ts';
import { costsOf, type ModelCosts } from './costs.ts';

/** A model that will train on a set, or the reason why it cannot. */
export interface PlannedModel {
  readonly name: string;
  readonly costs: ModelCosts | RowError;
}

/** A set with the models that will train on it. */
export interface PlannedSet {
  readonly bench: BenchDataset;
  readonly source: DataSource;
  readonly train: Dataset;
  readonly test: Dataset;
  readonly epochs: number;
  readonly models: readonly PlannedModel[];
}

/** Seconds that training and testing may take on two cores, by profile. */
const seconds = { quick: 150, full: 1800 } as const;

/** At most `limit` samples; a sorted set is cut evenly. */
function atMost(dataset: Dataset, limit: number): Dataset {
  if (dataset.length <= limit) return dataset;
  const step = dataset.length / limit;
  return subset(
    dataset,
    Int32Array.from({ length: limit }, (_, i) => Math.floor(i * step)),
  );
}

function costsOrError(name: string, bench: BenchDataset, train: Dataset): ModelCosts | RowError {
  const [inChannels, ...inputSize] = train.inputShape;
  const numClasses = train.classes.length;
  try {
    return costsOf(models[name]!, {
      dims: bench.dims,
      inChannels: inChannels!,
      numClasses,
      inputSize,
    });
  } catch (error) {
    return rowError(error);
  }
}

/**
 * Loads the sets and shares the time of the profile out. All models train equally long on a set; how long
 * follows from their costs alone and not from the clock, so a run can be repeated.
 */
export async function planWorkload(options: BenchOptions): Promise<PlannedSet[]> {
  const { limit = Number.POSITIVE_INFINITY } = options;
  const wanted = datasets.filter(({ name }) => options.datasets?.includes(name) ?? true);
  const names = options.models ?? modelNames;
  const loaded = [];
  for (const bench of wanted) {
    const { source, train, test } = await bench.load();
    const cut = { train: atMost(train, limit), test: atMost(test, limit) };
    const planned = names.map((name) => ({ name, costs: costsOrError(name, bench, train) }));
    loaded.push({ bench, source, ...cut, models: planned });
  }
  const requests = loaded.map(({ bench, train, test, models }): BudgetRequest => ({
    epochs: options.epochs ?? bench.epochs[options.profile],
    trainSamples: train.length,
    testSamples: test.length,
    secondsPerSample: models.reduce(
      (sum, { costs }) => sum + ('params' in costs ? costs.secondsPerSample : 0),
      0,
    ),
  }));
  const budgets =
    options.epochs === undefined ? shareOut(requests, seconds[options.profile]) : requests;
  return loaded.map((set, i) => {
    const { epochs, trainSamples } = budgets[i]!;
    return { ...set, epochs, train: atMost(set.train, trainSamples) };
  });
}
