import { aTarget } from '../kinds.ts';
import {
  argmax,
  ArgumentError,
  cast,
  eq,
  formatShape,
  formatValue,
  IndexRangeError,
  keep,
  mul,
  reshape,
  ShapeError,
  sum,
  Tensor,
  tensor,
  requireKind,
} from '@convnet/tensor-core';

/**
 * What of a network's output is explained: a class for all samples, a class for each (a list or an int32 tensor [N]), or
 * a function of the output that gives a tensor, whose sum is explained. Of dense outputs [N, C, …] a class means its sum
 * over all positions.
 */
export type Target = number | ArrayLike<number> | Tensor | ((output: Tensor) => Tensor);

/** Turns outputs into the one number whose gradient explains them. */
export class Score {
  readonly #where: string;
  readonly #target: Target | undefined;
  /** The classes as rows of zeros and a one, once an output has said how many there are. */
  #chosen: Tensor | null = null;

  /** @throws ArgumentError for what is no target. */
  constructor(where: string, target: Target | undefined) {
    if (target !== undefined) requireKind(where, 'target', target, aTarget);
    this.#where = where;
    this.#target = target;
  }

  /** The target, where its values are still on a device. */
  get tensor(): Tensor | null {
    return this.#target instanceof Tensor ? this.#target : null;
  }

  /** The sum over samples of what is explained. */
  of(output: Tensor): Tensor {
    const target = this.#target;
    if (typeof target === 'function') {
      const score: unknown = target(output);
      if (score instanceof Tensor) return sum(score);
      throw new ArgumentError(
        `${this.#where}: expected target to give a tensor, got ${formatValue(score)}`,
      );
    }
    if (output.rank === 1 && target === undefined) return sum(output);
    this.#chosen ??= keep(this.#choose(output));
    return sum(mul(output, this.#chosen));
  }

  #choose(output: Tensor): Tensor {
    const [samples, classes] = output.shape;
    if (samples === undefined || classes === undefined || classes === 0) {
      throw new ShapeError(
        `${this.#where}: expected outputs [N, C, …] to choose a class of, got ${formatShape(output.shape)}; give target as a function of the output`,
      );
    }
    const labels = this.#labels(output, samples, classes);
    const shape = [samples, classes, ...output.shape.slice(2).map(() => 1)];
    // Compared, not set by index: what is out of range chooses nothing until `check` says so.
    const all = tensor(
      Array.from({ length: classes }, (_, i) => i),
      [1, classes],
      { device: output.device, dtype: 'int32' },
    );
    return reshape(cast(eq(reshape(labels, [samples, 1]), all), output.dtype), shape);
  }

  #labels(output: Tensor, samples: number, classes: number): Tensor {
    const target = this.#target as number | ArrayLike<number> | Tensor | undefined;
    if (target === undefined) {
      if (output.rank === 2) return argmax(output, 1);
      throw new ArgumentError(
        `${this.#where}: the model gives ${formatShape(output.shape)}, a class for each position: say which class with the option target`,
      );
    }
    if (target instanceof Tensor) {
      if (target.rank !== 1 || target.shape[0] !== samples) {
        throw new ShapeError(
          `${this.#where}: expected target as a tensor [${samples}], got ${formatShape(target.shape)}`,
        );
      }
      return target.dtype === 'int32' ? target : cast(target, 'int32');
    }
    const list = typeof target === 'number' ? undefined : Array.from(target);
    if (list !== undefined && list.length !== samples) {
      throw new ArgumentError(
        `${this.#where}: expected a target for each of ${samples} samples, got ${list.length}`,
      );
    }
    const labels = list ?? Array.from({ length: samples }, () => target as number);
    for (const label of labels) {
      if (!Number.isInteger(label)) {
        throw new ArgumentError(
          `${this.#where}: expected target as an integer, got ${formatValue(label)}`,
        );
      }
      if (label < 0 || label >= classes) {
        throw new IndexRangeError(`${this.#where}: target`, label, 1, classes);
      }
    }
    return tensor(labels, [samples], { device: output.device, dtype: 'int32' });
  }

  dispose(): void {
    this.#chosen?.dispose();
  }
}
