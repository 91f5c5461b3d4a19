import { inEvaluation, type AnyModule, type Module } from '@convnet/layers';
import {
  aFunction,
  anything,
  ArgumentError,
  argmax,
  checkOptions,
  crossEntropy,
  eq,
  isFloating,
  noGrad,
  optionKinds,
  scope,
  sum,
  Tensor,
  formatValue,
} from '@convnet/tensor-core';

import {
  emptySet,
  requireBatches,
  requireLabelled,
  samplesOf,
  type Batches,
  type LabelledBatch,
} from './batches.ts';
import { lossFunction, requireLoss, type Loss } from './loss.ts';
import type { Metric } from './metrics/metric.ts';
import { valuesOf } from './metrics/values.ts';
import { requireModel } from './require.ts';

/** A network from one tensor to logits [N, classes]. */
export type Classifier = Module;

/** How well a network does on a set. */
export interface Evaluation {
  /** Share of the samples whose greatest logit is their label's, 0 to 1; NaN where the targets are no classes. */
  readonly accuracy: number;
  /** Mean loss. */
  readonly loss: number;
  /** What the metrics say, and means of what a `step` gives beside its loss, by name. */
  readonly metrics: Readonly<Record<string, number>>;
  readonly samples: number;
  readonly seconds: number;
}

/** What a step of the caller's gives: its loss, alone or with other numbers to be told of. */
export type StepOutput =
  | Tensor
  | ({ readonly loss: Tensor } & Readonly<Record<string, Tensor | number>>);

/** Options of `evaluate`. */
export interface EvaluateOptions<Batch = LabelledBatch> {
  /**
   * Loss of outputs and targets: a function or a layer. Default cross-entropy. Of batches of unequal size the mean is
   * taken with their samples as weights.
   */
  readonly loss?: Loss;
  /** More numbers to compute, such as `new F1Score()`. */
  readonly metrics?: readonly Metric[];
  /** In place of `loss` and `metrics`: computes the loss of a batch, and other numbers. */
  readonly step?: (batch: Batch) => StepOutput;
}

const evaluateOptions = optionKinds<EvaluateOptions>({
  loss: anything,
  metrics: anything,
  step: aFunction,
});

/**
 * Runs a network over a set, in evaluation mode and without gradients. Every module is then in the mode it was in,
 * also after an error.
 * @throws EmptySetError where the set has no sample; ArgumentError for what is no model, no set or no loss.
 */
export async function evaluate<Batch = LabelledBatch>(
  model: AnyModule,
  batches: Batches<Batch>,
  options: EvaluateOptions<Batch> = {},
): Promise<Evaluation> {
  requireModel('evaluate', model);
  requireBatches('evaluate', 'the set', batches);
  checkEvaluate('evaluate', options);
  const { step, metrics = [] } = options;
  for (const metric of metrics) metric.reset();
  return inEvaluation(model, async () => {
    const start = performance.now();
    const sums = new WeightedSums();
    let samples = 0;
    for await (const batch of batches) {
      const count = samplesOf(batch);
      if (count === 0) continue;
      if (step === undefined) {
        requireLabelled('evaluate', batch);
        sums.add(await figuresOf(model, batch, options.loss, metrics), count);
      } else {
        const values = noGrad(() => scope(() => detached(named('evaluate', step(batch)))));
        sums.add(await read(values), count);
      }
      samples += count;
    }
    if (samples === 0) throw emptySet('evaluate', 'the set', batches);
    const { loss, [hits]: accuracy, ...others } = sums.means;
    const values = Object.fromEntries(metrics.map((metric) => [metric.name, metric.compute()]));
    return {
      accuracy: accuracy ?? values['accuracy'] ?? Number.NaN,
      loss: loss!,
      metrics: { ...others, ...values },
      samples,
      seconds: (performance.now() - start) / 1000,
    };
  });
}

/** @throws ArgumentError. */
export function checkEvaluate(where: string, options: EvaluateOptions<never>): void {
  checkOptions(where, options, evaluateOptions);
  const { loss, metrics, step } = options;
  if (loss !== undefined) requireLoss(where, loss);
  if (metrics !== undefined) requireMetrics(where, metrics);
  if (step === undefined) return;
  if (loss === undefined && metrics === undefined) return;
  throw new ArgumentError(
    `${where}: expected either a step, which gives its own loss and numbers, or loss and metrics, got both`,
  );
}

/** @throws ArgumentError. */
export function requireMetrics(where: string, metrics: readonly Metric[]): void {
  const list: unknown = metrics;
  if (!Array.isArray(list)) {
    throw new ArgumentError(`${where}: expected metrics as an array, got ${formatValue(list)}`);
  }
  const names = new Set<string>();
  for (const item of list) {
    const metric = item as Partial<Metric> | null;
    if (typeof metric?.update !== 'function' || typeof metric.compute !== 'function') {
      const kind =
        typeof item === 'function' ? 'a function: make it one with metricOf' : formatValue(item);
      throw new ArgumentError(`${where}: expected metrics such as new F1Score(), got ${kind}`);
    }
    if (names.has(metric.name!)) {
      throw new ArgumentError(
        `${where}: expected metrics of different names, got '${metric.name}' twice`,
      );
    }
    names.add(metric.name!);
  }
}

/** Key of the share of right classes among the figures; no step's number has it. */
const hits = ' accuracy';

/** Mean loss of a batch and, of classes, the share that is right; metrics take the batch. */
async function figuresOf(
  model: AnyModule,
  [inputs, targets]: LabelledBatch,
  loss: Loss | undefined,
  metrics: readonly Metric[],
): Promise<Record<string, number>> {
  const isRead = metrics.length > 0;
  const figures = noGrad(() =>
    scope(() => {
      const output: unknown = model.forward(inputs);
      if (!(output instanceof Tensor)) {
        throw new ArgumentError(
          `evaluate: expected a network that gives one tensor, got ${formatValue(output)}: give a 'step' for other networks`,
        );
      }
      const value = lossFunction(loss ?? crossEntropy)(output, targets);
      const hasClasses =
        output.rank === 2 &&
        targets.rank === 1 &&
        !isFloating(targets.dtype) &&
        output.shape[1]! > 1;
      return {
        loss: requireScalarLoss('evaluate', value).detach(),
        ...(hasClasses && { [hits]: sum(eq(argmax(output, 1), targets)) }),
        ...(isRead && { output: output.detach() }),
      };
    }),
  ) as { readonly output?: Tensor } & Record<string, Tensor>;
  const { output, ...scalars } = figures;
  try {
    if (output !== undefined) {
      const [outputValues, targetValues] = await Promise.all([valuesOf(output), valuesOf(targets)]);
      for (const metric of metrics) metric.update(outputValues, targetValues);
    }
  } finally {
    output?.dispose();
  }
  const values = await read(scalars);
  if (values[hits] !== undefined) values[hits] /= inputs.shape[0]!;
  return values;
}

/**
 * What a step gave, by name.
 * @throws ArgumentError for what has no loss.
 */
export function named(
  where: string,
  output: StepOutput,
): Readonly<Record<string, Tensor | number>> {
  const given: unknown = output;
  if (given instanceof Tensor) return { loss: requireScalar(where, 'loss', given) };
  if (given instanceof Promise) {
    given.catch(() => undefined);
    throw new ArgumentError(
      `${where}: expected a step that returns without waiting, got a promise`,
    );
  }
  if (
    typeof given === 'object' &&
    given !== null &&
    'loss' in given &&
    given.loss instanceof Tensor
  ) {
    for (const [name, value] of Object.entries<unknown>(given)) {
      if (value instanceof Tensor) requireScalar(where, name, value);
      else if (typeof value !== 'number') {
        throw new ArgumentError(
          `${where}: expected '${name}' of the step as a number or a scalar tensor, got ${formatValue(value)}`,
        );
      }
    }
    return given as unknown as Readonly<Record<string, Tensor | number>>;
  }
  throw new ArgumentError(
    `${where}: expected a step that gives a loss, or { loss, … }, got ${formatValue(given)}`,
  );
}

/** @throws ArgumentError for what is no tensor of one element. */
export function requireScalarLoss(where: string, loss: unknown): Tensor {
  if (loss instanceof Tensor) return requireScalar(where, 'loss', loss);
  throw new ArgumentError(
    `${where}: expected a loss that gives a tensor, got ${formatValue(loss)}`,
  );
}

function requireScalar(where: string, name: string, value: Tensor): Tensor {
  if (value.size === 1) return value;
  throw new ArgumentError(
    `${where}: expected '${name}' as a scalar, got ${value.describe()}: take its mean`,
  );
}

/** The same numbers in tensors of our own, outside any graph: what the caller holds is not ours to give back. */
export function detached(
  values: Readonly<Record<string, Tensor | number>>,
): Record<string, Tensor | number> {
  const own: Record<string, Tensor | number> = {};
  for (const [name, value] of Object.entries(values)) {
    own[name] = typeof value === 'number' ? value : value.detach();
  }
  return own;
}

/** Reads scalars, and gives their tensors back. */
async function read(
  scalars: Readonly<Record<string, Tensor | number>>,
): Promise<Record<string, number>> {
  try {
    const entries = Object.entries(scalars).map(async ([name, value]) => [
      name,
      typeof value === 'number' ? value : await value.item(),
    ]);
    return Object.fromEntries(await Promise.all(entries)) as Record<string, number>;
  } finally {
    // Batches that are no loader's bring no scope that would.
    for (const value of Object.values(scalars)) if (typeof value !== 'number') value.dispose();
  }
}

/** Means of named numbers over samples. */
export class WeightedSums {
  readonly #sums = new Map<string, { sum: number; weight: number }>();

  add(values: Readonly<Record<string, number>>, weight: number): void {
    for (const [name, value] of Object.entries(values)) {
      const held = this.#sums.get(name) ?? { sum: 0, weight: 0 };
      held.sum += value * weight;
      held.weight += weight;
      this.#sums.set(name, held);
    }
  }

  get means(): Record<string, number> {
    return Object.fromEntries(
      Array.from(this.#sums, ([name, { sum: total, weight }]) => [name, total / weight]),
    );
  }
}
