import type { AnyModule } from '@convnet/layers';
import { clipGradNorm, clipGradValue, type Optimizer } from '@convnet/optim';
import {
  ArgumentError,
  capture,
  keep,
  mul,
  scope,
  Tensor,
  type CapturedStep,
} from '@convnet/tensor-core';

import { requireLabelled, tensorsOf } from '../batches.ts';
import { detached, named } from '../evaluate.ts';
import { isReplayable, lossFunction } from '../loss.ts';
import { shown } from '../require.ts';
import type { FitOptions } from './options.ts';

/** The loss of a batch, and what else the step gives, by name. */
export type StepValues = Readonly<Record<string, Tensor | number>>;

type Captured = CapturedStep<readonly Tensor[], Record<string, Tensor>>;

/** Learns from batches: forward and backward of each, and after each group of them clipping and the optimiser's step. */
export class TrainingStep<Batch> {
  readonly #model: AnyModule;
  readonly #options: FitOptions<Batch>;
  readonly #captures: boolean;
  /** Recordings by the number of batches in a group, which their gradients are divided by. */
  readonly #captured = new Map<number, Captured>();
  /** The batch under way, for recordings. */
  #batch: Batch | null = null;

  constructor(model: AnyModule, options: FitOptions<Batch>) {
    this.#model = model;
    this.#options = options;
    const { loss, step, capture: captures = step === undefined && isReplayable(loss) } = options;
    this.#captures = captures;
  }

  /**
   * One batch, the one at `place` of `size` in its group. The values belong to no scope.
   * @param isLast whether the optimiser's step follows
   */
  run(batch: Batch, place: number, size: number, isLast: boolean): StepValues {
    const { optimizer } = this.#options;
    return scope(() => {
      if (place === 0 && size > 1) optimizer.zeroGrad();
      const values = detached(this.#learn(batch, size));
      if (isLast && size > 1) this.finish();
      for (const value of Object.values(values)) if (value instanceof Tensor) keep(value);
      return values;
    });
  }

  #learn(batch: Batch, size: number): StepValues {
    if (!this.#captures) return this.#forwardAndBackward(batch, size);
    this.#batch = batch;
    const { step } = this.#options;
    // Beside inputs and targets a loader may give what no recording could repeat, and only a step would look at.
    const tensors = step === undefined ? requirePair(batch) : tensorsOf(batch);
    return this.#capturedFor(size)(...tensors);
  }

  #capturedFor(size: number): Captured {
    let captured = this.#captured.get(size);
    if (captured === undefined) {
      captured = capture<readonly Tensor[], Record<string, Tensor>>(
        () => {
          const values = this.#forwardAndBackward(this.#batch!, size);
          for (const [name, value] of Object.entries(values)) {
            if (value instanceof Tensor) continue;
            throw new ArgumentError(
              `fit: expected '${name}' of a step that is captured as a tensor, got ${shown(value)}: a replay would ` +
                'repeat it',
            );
          }
          return values as Record<string, Tensor>;
        },
        { otherwise: 'eager' },
      );
      this.#captured.set(size, captured);
    }
    return captured;
  }

  #forwardAndBackward(batch: Batch, size: number): StepValues {
    const { optimizer } = this.#options;
    const values = this.#valuesOf(batch);
    const loss = values['loss'] as Tensor;
    if (size === 1) optimizer.zeroGrad();
    (size === 1 ? loss : mul(loss, 1 / size)).backward();
    if (size === 1) this.finish();
    return values;
  }

  #valuesOf(batch: Batch): StepValues {
    const { step, loss } = this.#options;
    if (step !== undefined) return named('fit', step(batch));
    const [inputs, targets] = requirePair(batch);
    const output: unknown = this.#model.forward(inputs);
    if (!(output instanceof Tensor)) {
      throw new ArgumentError(
        `fit: expected a network that gives one tensor, got ${shown(output)}: give a 'step' for other networks`,
      );
    }
    return named('fit', lossFunction(loss)(output, targets));
  }

  /** Clips the gradients and lets the optimiser step. */
  finish(): void {
    const { optimizer, clipGradNorm: norm, clipGradValue: value } = this.#options;
    if (value !== undefined) clipGradValue(learned(optimizer), value);
    if (norm !== undefined) clipGradNorm(learned(optimizer), norm);
    optimizer.step();
  }

  dispose(): void {
    for (const captured of this.#captured.values()) captured.dispose();
  }
}

function learned(optimizer: Optimizer): Tensor[] {
  return optimizer.groups.flatMap(({ parameters }) => parameters);
}

function requirePair(batch: unknown): readonly [Tensor, Tensor] {
  requireLabelled('fit', batch);
  return [batch[0], batch[1]];
}
