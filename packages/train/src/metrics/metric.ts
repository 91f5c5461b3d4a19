import type { HostArray } from '@convnet/data';
import { aFunction, aString, oneOf, requireKind, type TypedArray } from '@convnet/tensor-core';

import type { Values } from './values.ts';

/** A number about a model on a set, gathered batch by batch. */
export interface Metric {
  /** What it is called in reports, such as 'accuracy'. */
  readonly name: string;
  /** Whether greater or smaller numbers are better. */
  readonly better: 'max' | 'min';
  /** Forgets all batches. */
  reset(): void;
  /**
   * Takes a batch.
   * @param output what the model gave, such as logits [N, classes]
   * @param target what it should have been
   * @throws ArgumentError where the shapes do not belong together.
   */
  update(output: Values, target: Values): void;
  /** The number for the batches so far; NaN where there is nothing to say. */
  compute(): number;
}

const aDirection = oneOf('max', 'min');

/**
 * A metric from a function of all outputs and targets of a set, which are kept until then.
 * @param compute gets them with the samples of all batches one after another
 */
export function metricOf(
  name: string,
  better: 'max' | 'min',
  compute: (outputs: Values, targets: Values) => number,
): Metric {
  requireKind('metricOf', 'name', name, aString);
  requireKind('metricOf', 'better', better, aDirection);
  requireKind('metricOf', 'compute', compute, aFunction);
  let outputs = new Gathered();
  let targets = new Gathered();
  return {
    name,
    better,
    reset(): void {
      outputs = new Gathered();
      targets = new Gathered();
    },
    update(output, target): void {
      outputs.add(output);
      targets.add(target);
    },
    compute: () => (outputs.samples === 0 ? Number.NaN : compute(outputs.values, targets.values)),
  };
}

/** Batches behind one another. */
export class Gathered {
  readonly #parts: ArrayLike<number>[] = [];
  readonly #keepsKind: boolean;
  #rest: readonly number[] = [];
  samples = 0;

  /** @param keepsKind whether numbers stay of the kind that the first batch has; else they become float64. */
  constructor({ keepsKind = false }: { readonly keepsKind?: boolean } = {}) {
    this.#keepsKind = keepsKind;
  }

  add({ data, shape }: Values): void {
    this.#parts.push(data);
    this.#rest = shape.slice(1);
    this.samples += shape[0] ?? 1;
  }

  get values(): HostArray {
    const total = this.#parts.reduce((sum, { length }) => sum + length, 0);
    const kind = this.#keepsKind ? this.#parts[0]!.constructor : Float64Array;
    const data = new (kind as new (length: number) => TypedArray)(total);
    let at = 0;
    for (const part of this.#parts) {
      data.set(part, at);
      at += part.length;
    }
    return { data, shape: [this.samples, ...this.#rest] };
  }
}
