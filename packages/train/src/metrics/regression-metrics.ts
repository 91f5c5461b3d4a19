import { ArgumentError, formatShape } from '@convnet/tensor-core';

import type { Metric } from './metric.ts';
import { requireValues, type Values } from './values.ts';

/** Mean distance of outputs from targets. */
export class MeanAbsoluteError implements Metric {
  readonly name = 'mae';
  readonly better = 'min';
  #sum = 0;
  #count = 0;

  reset(): void {
    this.#sum = 0;
    this.#count = 0;
  }

  update(output: Values, target: Values): void {
    requireAlike('MeanAbsoluteError', output, target);
    for (let i = 0; i < target.data.length; i++) {
      this.#sum += Math.abs(target.data[i]! - output.data[i]!);
    }
    this.#count += target.data.length;
  }

  compute(): number {
    return this.#sum / this.#count;
  }
}

/** Root of the mean squared distance, over all outputs together. */
export class RootMeanSquaredError implements Metric {
  readonly name = 'rmse';
  readonly better = 'min';
  #sum = 0;
  #count = 0;

  reset(): void {
    this.#sum = 0;
    this.#count = 0;
  }

  update(output: Values, target: Values): void {
    requireAlike('RootMeanSquaredError', output, target);
    for (let i = 0; i < target.data.length; i++) {
      this.#sum += (target.data[i]! - output.data[i]!) ** 2;
    }
    this.#count += target.data.length;
  }

  compute(): number {
    return Math.sqrt(this.#sum / this.#count);
  }
}

/** Share of the targets' variance that outputs explain; of several outputs the mean of theirs. See `r2Score`. */
export class R2Score implements Metric {
  readonly name = 'r2';
  readonly better = 'max';
  #count = 0;
  /** Of each output: mean and summed squared distance from it (Welford), and what is left unexplained. */
  #outputs: { mean: number; total: number; left: number }[] = [];

  reset(): void {
    this.#count = 0;
    this.#outputs = [];
  }

  update(output: Values, target: Values): void {
    requireAlike('R2Score', output, target);
    const samples = target.shape[0] ?? 1;
    const columns = target.data.length / samples;
    for (let i = 0; i < samples; i++) {
      this.#count++;
      for (let o = 0; o < columns; o++) {
        const figures = (this.#outputs[o] ??= { mean: 0, total: 0, left: 0 });
        const value = target.data[i * columns + o]!;
        const distance = value - figures.mean;
        figures.mean += distance / this.#count;
        figures.total += distance * (value - figures.mean);
        figures.left += (value - output.data[i * columns + o]!) ** 2;
      }
    }
  }

  compute(): number {
    if (this.#count < 2) return Number.NaN;
    const scores = this.#outputs.map(({ total, left }) => {
      if (total === 0) return left === 0 ? 1 : 0;
      return 1 - left / total;
    });
    return scores.reduce((sum, score) => sum + score, 0) / scores.length;
  }
}

/** Outputs [N, 1] and targets [N] are alike. */
function requireAlike(where: string, output: Values, target: Values): void {
  requireValues(where, 'output', output);
  requireValues(where, 'target', target);
  const [a, b] = [output.shape, target.shape];
  const isAlike =
    a.join() === b.join() ||
    (output.data.length === target.data.length &&
      a[0] === b[0] &&
      (a.length === 1 || b.length === 1));
  if (isAlike && target.data.length > 0) return;
  throw new ArgumentError(
    `${where}: expected outputs and targets of one shape, got ${formatShape(a)} and ${formatShape(b)}`,
  );
}
