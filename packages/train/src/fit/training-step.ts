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
  formatValue,
} from '@convnet/tensor-core';

import { requireLabelled, tensorsOf, withTensors } from '../batches.ts';
import { detached, named, requireScalarLoss } from '../evaluate.ts';
import { isReplayable, lossFunction, type LossFunction } from '../loss.ts';
import type { FitOptions } from './options.ts';

/** The loss of a batch, and what else the step gives, by name. */
export type StepValues = Readonly<Record<string, Tensor | number>>;

type Captured = CapturedStep<readonly Tensor[], Tensor | Record<string, Tensor>>;

/** Learns from batches: forward and backward of each, and after each group of them clipping and the optimiser's step. */
export class TrainingStep<Batch> {
  readonly #model: AnyModule;
  readonly #options: FitOptions<Batch>;
  readonly #loss: LossFunction;
  readonly #captures: boolean;
  /** Recordings by the number of batches in a group, which their gradients are divided by. */
  readonly #captured = new Map<number, Captured>();
  /** The batch under way, for recordings. */
  #batch: Batch | null = null;

  constructor(model: AnyModule, options: FitOptions<Batch>) {
    this.#model = model;
    this.#options = options;
    this.#loss = lossFunction(options.loss);
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
      const learned = this.#learn(batch, size);
      if (isLast && size > 1) this.finish();
      // The usual step has a loss and nothing else.
      if (learned instanceof Tensor) return { loss: keep(learned.detach()) };
      const values = detached(learned);
      for (const value of Object.values(values)) if (value instanceof Tensor) keep(value);
      return values;
    });
  }

  #learn(batch: Batch, size: number): Tensor | StepValues {
    if (!this.#captures) return this.#forwardAndBackward(batch, size);
    this.#batch = batch;
    const captured = this.#capturedFor(size);
    return captured(...this.#given(batch));
  }

  /**
   * The tensors of a batch that a recording is given. Beside inputs and targets a loader may give what no recording could
   * repeat, and only a step would look at.
   */
  #given(batch: Batch): readonly Tensor[] {
    return this.#options.step === undefined ? requirePair(batch) : tensorsOf(batch);
  }

  #capturedFor(size: number): Captured {
    let captured = this.#captured.get(size);
    if (captured === undefined) {
      captured = capture<readonly Tensor[], Tensor | Record<string, Tensor>>(
        (...tensors) => {
          const values = this.#forwardAndBackward(this.#batchOf(tensors), size);
          if (values instanceof Tensor) return values;
          for (const [name, value] of Object.entries(values)) {
            if (value instanceof Tensor) continue;
            throw new ArgumentError(
              `fit: expected '${name}' of a step that is captured as a tensor, got ${formatValue(value)}: a replay would ` +
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

  /** The batch under way around the tensors that a recording knows its own by. */
  #batchOf(tensors: readonly Tensor[]): Batch {
    const batch = this.#batch!;
    if (this.#options.step !== undefined) return withTensors(batch, tensors);
    return tensors as unknown as Batch;
  }

  #forwardAndBackward(batch: Batch, size: number): Tensor | StepValues {
    const { optimizer, step } = this.#options;
    const values = step === undefined ? this.#lossOf(batch) : named('fit', step(batch));
    const loss = values instanceof Tensor ? values : (values['loss'] as Tensor);
    if (size === 1) optimizer.zeroGrad();
    (size === 1 ? loss : mul(loss, 1 / size)).backward();
    if (size === 1) this.finish();
    return values;
  }

  #lossOf(batch: Batch): Tensor {
    const [inputs, targets] = requirePair(batch);
    const output: unknown = this.#model.forward(inputs);
    if (!(output instanceof Tensor)) {
      throw new ArgumentError(
        `fit: expected a network that gives one tensor, got ${formatValue(output)}: give a 'step' for other networks`,
      );
    }
    return requireScalarLoss('fit', this.#loss(output, targets));
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
