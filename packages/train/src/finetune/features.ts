import { ArrayDataset, DataLoader, type Dataset, type HostArray } from '@convnet/data';
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
  oneOf,
  optionKinds,
  scope,
  Tensor,
  formatValue,
} from '@convnet/tensor-core';

import { emptySet, requireBatches, requireLabelled, type Batches } from '../batches.ts';
import { fit } from '../fit/fit.ts';
import { throwIfAborted } from '../fit/abort.ts';
import { fitOptions, type AbortSignalLike, type FitOptions } from '../fit/options.ts';
import type { FitReport } from '../fit/reports.ts';
import { Gathered } from '../metrics/metric.ts';
import { classesIn, valuesOf } from '../metrics/values.ts';
import { requireFunction, requireModel } from '../require.ts';
import { FeatureDataset } from './feature-dataset.ts';

/** Options of `computeFeatures`. */
export interface FeaturesOptions {
  /** Path of the module whose output is taken. Default: what goes into the head; see `headPaths` of @convnet/layers. */
  readonly layer?: string;
  /** Takes the mean over all places of feature maps: [N, C, …] -> [N, C]. Default true. */
  readonly pool?: boolean;
  /** Names of the classes. Default: those of the loader's data set, else numbers. */
  readonly classes?: readonly string[];
  /**
   * What the targets are: 'classes' [N], the default, or 'arrays' of any other shape and kind, such as several labels or
   * quantities for each sample [N, K], which are kept as they are.
   */
  readonly targets?: 'classes' | 'arrays';
}

const featuresOptions = optionKinds<FeaturesOptions>({
  layer: aString,
  pool: aBoolean,
  classes: listOf(aString),
  targets: oneOf('classes', 'arrays'),
});

/**
 * What a network makes of the samples of a set, computed once, in evaluation mode, as a data set with the same labels: to
 * train a small network on it takes a fraction of the time.
 *
 *     const features = await computeFeatures(model, loader);
 *     const head = new Linear(features.inputShape[0], 10, { device });
 *
 * Samples come as the loader gives them in one epoch: without random transforms they are what they are in every epoch.
 * Targets are classes; with `targets: 'arrays'` they are whatever the loader gives, such as several labels of each sample.
 * @throws EmptySetError where there is no sample; ArgumentError for a layer that is not there or not reached, and for
 * targets that are no classes, unless `targets` says so.
 */
export async function computeFeatures(
  model: AnyModule,
  batches: Batches,
  options: FeaturesOptions & { readonly targets: 'arrays' },
): Promise<FeatureDataset>;
export async function computeFeatures(
  model: AnyModule,
  batches: Batches,
  options?: FeaturesOptions & { readonly targets?: 'classes' },
): Promise<ArrayDataset>;
export async function computeFeatures(
  model: AnyModule,
  batches: Batches,
  options: FeaturesOptions = {},
): Promise<ArrayDataset | FeatureDataset> {
  const where = 'computeFeatures';
  requireModel(where, model);
  requireBatches(where, 'the set', batches);
  checkOptions(where, options, featuresOptions);
  const { targets: kind = 'classes' } = options;
  const { inputs, targets } = await gather(where, model, batches, options, (given) => {
    if (kind === 'arrays' || isClasses(given)) return;
    throw new ArgumentError(
      `${where}: expected classes [N] as targets, got ${given.describe()}: targets: 'arrays' keeps what they are`,
    );
  });
  return kind === 'arrays'
    ? new FeatureDataset(inputs, targets)
    : ofClasses(batches, inputs, targets, options);
}

const isClasses = ({ rank, dtype }: Tensor): boolean => rank === 1 && !isFloating(dtype);

/** Features with the numbers of classes, and the names of these. */
function ofClasses(
  batches: Batches,
  { data, shape }: HostArray<Float32Array>,
  targets: HostArray,
  { classes }: FeaturesOptions = {},
): ArrayDataset {
  const labels = Int32Array.from(targets.data);
  const known = classes ?? (batches instanceof DataLoader ? batches.dataset.classes : null);
  return new ArrayDataset({
    data,
    labels,
    inputShape: shape.slice(1),
    classes: known ?? Array.from({ length: classesIn(labels) }, (_, i) => String(i)),
  });
}

/** What a layer makes of all samples, [N, …], and their targets; `checkTargets` throws for what may be none. */
async function gather(
  where: string,
  model: AnyModule,
  batches: Batches,
  { layer, pool = true }: Pick<FeaturesOptions, 'layer' | 'pool'>,
  checkTargets: (targets: Tensor) => void,
  signal?: AbortSignalLike,
): Promise<{ readonly inputs: HostArray<Float32Array>; readonly targets: HostArray }> {
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
  const features = new Gathered({ keepsKind: true });
  const targets = new Gathered({ keepsKind: true });
  try {
    await inEvaluation(model, async () => {
      for await (const batch of batches) {
        throwIfAborted(signal);
        requireLabelled(where, batch);
        const [inputs, given] = batch;
        if (inputs.shape[0] === 0) continue;
        checkTargets(given);
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
        targets.add(await valuesOf(given));
      }
    });
  } finally {
    stop();
  }
  if (features.samples === 0) throw emptySet(where, 'the set', batches);
  // What layers give is float32.
  return { inputs: features.values as HostArray<Float32Array>, targets: targets.values };
}

/** Features with what is to be said of them. */
type LabelledFeatures = Dataset<readonly [HostArray<Float32Array>, number | HostArray]>;

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
 * model itself is trained; nothing else of it changes. Targets and loss are those of `fit`: classes, several labels, quantities.
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
  // The targets are the loss's business, as with `fit`.
  const featuresOf = async (name: string, batches: Batches): Promise<LabelledFeatures> => {
    requireBatches(where, name, batches);
    let areClasses = true;
    const look = (given: Tensor): void => void (areClasses &&= isClasses(given));
    const { inputs, targets } = await gather(where, model, batches, {}, look, options.signal);
    return areClasses ? ofClasses(batches, inputs, targets) : new FeatureDataset(inputs, targets);
  };
  const features = await featuresOf('train', train);
  const loaderOf = async (name: string, batches: Batches): Promise<Batches> =>
    new DataLoader(await featuresOf(name, batches), { batchSize, device });
  const tests = test === undefined ? {} : { test: await loaderOf('test', test) };
  const trainTests =
    trainTest === undefined ? {} : { trainTest: await loaderOf('trainTest', trainTest) };
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
