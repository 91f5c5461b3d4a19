import { DataLoader } from '@convnet/data';
import { inEvaluation, type AnyModule } from '@convnet/layers';
import {
  ArgumentError,
  aString,
  checkOptions,
  integerFrom,
  listOf,
  noGrad,
  numberFrom,
  oneOf,
  optionKinds,
  requireKind,
  scope,
  Tensor,
  formatValue,
} from '@convnet/tensor-core';

import { emptySet, requireBatches, tensorsOf, type Batches } from './batches.ts';
import { sigmoid, softmaxRows } from './metrics/decisions.ts';
import { Gathered } from './metrics/metric.ts';
import { argmaxOf, valuesOf } from './metrics/values.ts';
import { requireModel } from './require.ts';

/** Options of `predict`. */
export interface PredictOptions {
  /**
   * What makes probabilities of the outputs: 'softmax' where a sample has one class (default), 'sigmoid' where it may
   * have several labels (default for a single output), 'none' where outputs are probabilities already.
   */
  readonly activation?: 'softmax' | 'sigmoid' | 'none';
  /** Names of the classes. Default: those of the loader's data set. */
  readonly classes?: readonly string[];
  /** With 'sigmoid': probability from which on a sample has a label. Default 0.5. */
  readonly threshold?: number;
}

const predictOptions = optionKinds<PredictOptions>({
  activation: oneOf('softmax', 'sigmoid', 'none'),
  classes: listOf(aString),
  threshold: numberFrom(0, 1),
});

/** What a network says of one sample. */
export interface Prediction {
  /** The most probable class. */
  readonly label: number;
  /** Its name; its number where classes have no names. */
  readonly name: string;
  /** Of that class. */
  readonly probability: number;
  /** Of all classes. */
  readonly probabilities: Float32Array;
  /** Numbers of all labels from the threshold on, where a sample may have several; else of the one. */
  readonly labels: readonly number[];
}

/** Predictions for the samples of a set, in order: an iterable of `Prediction`, and the numbers behind them. */
export class Predictions implements Iterable<Prediction> {
  readonly samples: number;
  readonly numClasses: number;
  readonly classes: readonly string[] | null;
  /** What the network gave, such as logits: a row for each sample. */
  readonly outputs: Float32Array<ArrayBuffer>;
  /** A row for each sample. */
  readonly probabilities: Float32Array<ArrayBuffer>;
  /** The most probable class of each sample. */
  readonly labels: Int32Array<ArrayBuffer>;
  /** The second tensors of the batches, such as the true classes, one after another; null where there were none. */
  readonly targets: Float64Array | null;
  readonly #threshold: number | null;

  /** @internal */
  constructor(
    outputs: Float32Array<ArrayBuffer>,
    samples: number,
    targets: Float64Array | null,
    activation: 'softmax' | 'sigmoid' | 'none',
    classes: readonly string[] | null,
    threshold: number,
  ) {
    const numClasses = outputs.length / samples;
    this.samples = samples;
    this.numClasses = numClasses;
    this.outputs = outputs;
    this.targets = targets;
    this.classes = classes;
    this.#threshold = activation === 'sigmoid' ? threshold : null;
    this.probabilities =
      activation === 'none'
        ? outputs
        : Float32Array.from(
            activation === 'softmax' ? softmaxRows(outputs, numClasses) : outputs.map(sigmoid),
          );
    this.labels = Int32Array.from({ length: samples }, (_, i) =>
      this.#isBinary
        ? Number(this.probabilities[i]! >= threshold)
        : argmaxOf(outputs, i * numClasses, numClasses),
    );
  }

  /** One output: the probability of class 1, against 0. */
  get #isBinary(): boolean {
    return this.numClasses === 1 && this.#threshold !== null;
  }

  /** @throws ArgumentError for no sample. */
  at(sample: number): Prediction {
    const { numClasses, labels, classes } = this;
    const label = labels[sample];
    if (label === undefined) {
      throw new ArgumentError(
        `predictions: expected a sample from 0 to ${this.samples - 1}, got ${formatValue(sample)}`,
      );
    }
    const probabilities = this.probabilities.subarray(
      sample * numClasses,
      (sample + 1) * numClasses,
    );
    const limit = this.#isBinary ? null : this.#threshold;
    const [first] = probabilities;
    return {
      label,
      name: classes?.[label] ?? String(label),
      probability: this.#isBinary && label === 0 ? 1 - first! : (probabilities[label] ?? first!),
      probabilities,
      labels:
        limit === null
          ? [label]
          : Array.from(probabilities.keys()).filter((c) => probabilities[c]! >= limit),
    };
  }

  /** The `count` most probable classes of a sample, best first. @throws ArgumentError for no sample. */
  top(sample: number, count = 5): { label: number; name: string; probability: number }[] {
    requireKind('predictions', 'count', count, integerFrom(0));
    const { probabilities } = this.at(sample);
    return Array.from(probabilities, (probability, label) => ({
      label,
      name: this.classes?.[label] ?? String(label),
      probability,
    }))
      .sort((a, b) => b.probability - a.probability || a.label - b.label)
      .slice(0, count);
  }

  /** The predictions, sample by sample. */
  *[Symbol.iterator](): IterableIterator<Prediction> {
    for (let i = 0; i < this.samples; i++) yield this.at(i);
  }
}

/**
 * What a network says of samples, in evaluation mode and without gradients. Every module is then in the mode it was in.
 *
 *     for (const { name, probability } of await predict(model, loader)) { … }
 *
 * @param inputs a tensor [N, …], or batches, of which the first tensor is the input
 * @throws EmptySetError where there is no sample; ArgumentError for what is no model and no inputs, and for a network that
 * does not give [N, classes].
 */
export async function predict(
  model: AnyModule,
  inputs: Tensor | Batches<unknown>,
  options: PredictOptions = {},
): Promise<Predictions> {
  const where = 'predict';
  requireModel(where, model);
  checkOptions(where, options, predictOptions);
  const { activation, threshold = 0.5 } = options;
  if (!(inputs instanceof Tensor)) requireBatches(where, 'the inputs', inputs);
  const outputs = new Gathered();
  const targets = new Gathered();
  await inEvaluation(model, async () => {
    for await (const batch of inputs instanceof Tensor ? [inputs] : inputs) {
      const [input, target] = tensorsOf(batch);
      if (input === undefined) {
        throw new ArgumentError(
          `${where}: expected batches with tensors, got ${formatValue(batch)}`,
        );
      }
      if (input.shape[0] === 0) continue;
      const output = noGrad(() => scope(() => requireRows(model.forward(input)).detach()));
      try {
        outputs.add(await valuesOf(output));
      } finally {
        output.dispose();
      }
      if (target !== undefined) targets.add(await valuesOf(target));
    }
  });
  if (outputs.samples === 0) {
    if (inputs instanceof Tensor) throw new ArgumentError(`${where}: expected at least one sample`);
    throw emptySet(where, 'the inputs', inputs);
  }
  const values = Float32Array.from(outputs.values.data);
  const numClasses = values.length / outputs.samples;
  const classes = options.classes ?? (inputs instanceof DataLoader ? inputs.dataset.classes : null);
  // One output tells two classes apart.
  const names = Math.max(2, numClasses);
  if (options.classes !== undefined && options.classes.length !== names) {
    throw new ArgumentError(
      `${where}: expected names of the ${names} classes that the network tells apart, got ${options.classes.length}`,
    );
  }
  return new Predictions(
    values,
    outputs.samples,
    targets.samples === 0 ? null : Float64Array.from(targets.values.data),
    activation ?? (numClasses === 1 ? 'sigmoid' : 'softmax'),
    classes?.length === names ? classes : null,
    threshold,
  );
}

function requireRows(output: unknown): Tensor {
  if (output instanceof Tensor && output.rank === 2) return output;
  throw new ArgumentError(
    `predict: expected a network that gives [N, classes], got ${output instanceof Tensor ? output.describe() : formatValue(output)}`,
  );
}
