import { ArrayDataset, DataLoader } from '@convnet/data';
import { headPaths, inEvaluation, Linear, type AnyModule } from '@convnet/layers';
import { Optimizer } from '@convnet/optim';
import {
  ArgumentError,
  aBoolean,
  aCount,
  aSeed,
  aString,
  checkOptions,
  clone,
  isFloating,
  keep,
  listOf,
  mean,
  noGrad,
  optionKinds,
  scope,
  Tensor,
  formatValue,
} from '@convnet/tensor-core';

import { emptySet, requireBatches, requireLabelled, type Batches } from '../batches.ts';
import { fit } from '../fit/fit.ts';
import { fitOptions, type FitOptions } from '../fit/options.ts';
import type { FitReport } from '../fit/reports.ts';
import { Gathered } from '../metrics/metric.ts';
import { classesIn, valuesOf } from '../metrics/values.ts';
import { requireFunction, requireModel } from '../require.ts';

/** Options of `computeFeatures`. */
export interface FeaturesOptions {
  /** Path of the module whose output is taken. Default: what goes into the head; see `headPaths` of @convnet/layers. */
  readonly layer?: string;
  /** Takes the mean over all places of feature maps: [N, C, …] -> [N, C]. Default true. */
  readonly pool?: boolean;
  /** Names of the classes. Default: those of the loader's data set, else numbers. */
  readonly classes?: readonly string[];
}

const featuresOptions = optionKinds<FeaturesOptions>({
  layer: aString,
  pool: aBoolean,
  classes: listOf(aString),
});

/**
 * What a network makes of the samples of a set, computed once, in evaluation mode, as a data set with the same labels: to
 * train a small network on it takes a fraction of the time.
 *
 *     const features = await computeFeatures(model, loader);
 *     const head = new Linear(features.inputShape[0], 10, { device });
 *
 * Samples come as the loader gives them in one epoch: without random transforms they are what they are in every epoch.
 * @throws EmptySetError where there is no sample; ArgumentError for a layer that is not there or not reached, and for
 * targets that are no classes.
 */
export async function computeFeatures(
  model: AnyModule,
  batches: Batches,
  options: FeaturesOptions = {},
): Promise<ArrayDataset> {
  const where = 'computeFeatures';
  requireModel(where, model);
  requireBatches(where, 'the set', batches);
  checkOptions(where, options, featuresOptions);
  const { layer, pool = true } = options;
  const module = model.getModule(layer ?? mainHead(model));
  let found: Tensor | null = null;
  const stop = module.onForward((_, inputs, output) => {
    const taken = layer === undefined ? inputs[0] : output;
    if (!(taken instanceof Tensor)) {
      throw new ArgumentError(`${where}: expected a layer of tensors, got ${formatValue(taken)}`);
    }
    const places = Array.from({ length: taken.rank - 2 }, (_entry, axis) => axis + 2);
    found = keep(pool && places.length > 0 ? mean(taken, places) : clone(taken));
  });
  const features = new Gathered();
  const labels = new Gathered();
  try {
    await inEvaluation(model, async () => {
      for await (const batch of batches) {
        requireLabelled(where, batch);
        const [inputs, targets] = batch;
        if (inputs.shape[0] === 0) continue;
        if (targets.rank !== 1 || isFloating(targets.dtype)) {
          throw new ArgumentError(
            `${where}: expected classes [N] as targets, got ${targets.describe()}`,
          );
        }
        found = null;
        noGrad(() => scope(() => void model.forward(inputs)));
        const taken = found as Tensor | null;
        if (taken === null) {
          throw new ArgumentError(`${where}: the forward pass does not reach '${layer}'`);
        }
        try {
          features.add(await valuesOf(taken));
        } finally {
          taken.dispose();
        }
        labels.add(await valuesOf(targets));
      }
    });
  } finally {
    stop();
  }
  if (features.samples === 0) throw emptySet(where, 'the set', batches);
  const { data, shape } = features.values;
  const classNumbers = Int32Array.from(labels.values.data);
  const known = options.classes ?? (batches instanceof DataLoader ? batches.dataset.classes : null);
  return new ArrayDataset({
    data: Float32Array.from(data),
    labels: classNumbers,
    inputShape: shape.slice(1),
    classes: known ?? Array.from({ length: classesIn(classNumbers) }, (_, i) => String(i)),
  });
}

/** Path of the head itself, behind those of auxiliary classifiers. */
function mainHead(model: AnyModule): string {
  const paths = headPaths(model);
  return paths[paths.length - 1]!;
}

/** As of `fit`, but for what only the whole network has. */
export interface FitHeadOptions extends Omit<
  FitOptions,
  'train' | 'test' | 'optimizer' | 'step' | 'accumulate' | 'schedule' | 'average'
> {
  /** To compute features of. */
  readonly train: Batches;
  readonly test?: Batches;
  /** Makes the optimiser of the head's parameters. */
  readonly optimizer: (parameters: Tensor[]) => Optimizer;
  /** Makes a schedule of the optimiser. */
  readonly schedule?: (optimizer: Optimizer) => NonNullable<FitOptions['schedule']>;
  /** Features in a batch. Default 256. */
  readonly batchSize?: number;
  /** Fixes the order of the features. Default 0. */
  readonly seed?: number;
}

const { step: _step, accumulate: _accumulate, average: _average, ...sharedOptions } = fitOptions;
const fitHeadOptions = optionKinds<FitHeadOptions>({
  ...sharedOptions,
  batchSize: aCount,
  seed: aSeed,
});

/**
 * Trains the head of a network alone: what the rest makes of the samples is computed once, and the head, a linear layer, is
 * trained on that, which takes a fraction of the time of going through the network in every epoch. The head of the
 * model itself is trained; nothing else of it changes.
 *
 *     replaceHead(model, 5);
 *     await fitHead(model, { train, test, epochs: 30, optimizer: (p) => new AdamW(p, { learningRate: 0.01 }) });
 *
 * @throws ArgumentError for a network whose head is no linear layer; what `computeFeatures` and `fit` throw.
 */
export async function fitHead(model: AnyModule, options: FitHeadOptions): Promise<FitReport> {
  const where = 'fitHead';
  requireModel(where, model);
  checkOptions(where, options, fitHeadOptions);
  const { train, test, trainTest, optimizer, schedule, ...rest } = options ?? {};
  const { batchSize = 256, seed = 0, ...others } = rest;
  requireFunction(where, 'optimizer, which makes one of the head’s parameters,', optimizer);
  if (schedule !== undefined) requireFunction(where, 'schedule, which makes one,', schedule);
  const path = mainHead(model);
  const head = model.getModule(path);
  if (!(head instanceof Linear)) {
    throw new ArgumentError(
      `${where}: expected a network whose head is a linear layer, got ${head.typeName} at '${path}': freezeBackbone and ` +
        'fit train any head',
    );
  }
  const { device } = head.weight;
  const features = await computeFeatures(model, train);
  const loaderOf = async (batches: Batches): Promise<DataLoader> =>
    new DataLoader(await computeFeatures(model, batches), { batchSize, device });
  const tests = test === undefined ? {} : { test: await loaderOf(test) };
  const trainTests = trainTest === undefined ? {} : { trainTest: await loaderOf(trainTest) };
  const made: unknown = optimizer(head.parameters());
  if (!(made instanceof Optimizer)) {
    throw new ArgumentError(
      `${where}: expected optimizer to make an Optimizer, got ${formatValue(made)}`,
    );
  }
  try {
    return await fit(head, {
      ...others,
      train: new DataLoader(features, { batchSize, shuffle: true, seed, device }),
      ...tests,
      ...trainTests,
      optimizer: made,
      ...(schedule !== undefined && { schedule: schedule(made) }),
    });
  } finally {
    made.zeroGrad();
    made.dispose();
  }
}
