import { ConvnetError } from '@convnet/tensor-core';

/**
 * Where a loss that is not finite came from: 'data' where inputs or labels hold such numbers, 'weights' where the
 * model's weights did before, 'forward' where both were finite and no step had changed anything yet,
 * 'training' where steps had.
 */
export type NonFiniteOrigin = 'data' | 'weights' | 'forward' | 'training';

/** What `NonFiniteLossError` tells. */
export interface NonFiniteLoss {
  /** Number of the step whose loss it was, from 1. */
  readonly step: number;
  /** Epoch and batch of that step, from 1. */
  readonly epoch: number;
  readonly batch: number;
  readonly loss: number;
  /** Number of steps that the weights now in the model have seen. */
  readonly restoredStep: number;
  readonly origin: NonFiniteOrigin;
  /** Samples of the batch whose inputs or labels are not finite, from 0. */
  readonly samples: readonly number[];
  /** Whether the batch could be had again, to look at its samples. */
  readonly dataSeen: boolean;
  /** Paths of the weights, now in the model, that are not finite. */
  readonly weights: readonly string[];
}

/**
 * A loss that was NaN or infinite. Weights, optimiser, schedule and average are those of step `restoredStep` again,
 * and there are no gradients.
 */
export class NonFiniteLossError extends ConvnetError implements NonFiniteLoss {
  override readonly name = 'NonFiniteLossError';
  readonly step: number;
  readonly epoch: number;
  readonly batch: number;
  readonly loss: number;
  readonly restoredStep: number;
  readonly origin: NonFiniteOrigin;
  readonly samples: readonly number[];
  readonly dataSeen: boolean;
  readonly weights: readonly string[];

  constructor(what: NonFiniteLoss) {
    const { step, epoch, batch, loss, restoredStep } = what;
    super(
      `the loss of step ${step} is ${loss} (epoch ${epoch}, batch ${batch}); training stopped and the model ` +
        `has the weights of step ${restoredStep} again. ${explanation(what)}`,
    );
    this.step = step;
    this.epoch = epoch;
    this.batch = batch;
    this.loss = loss;
    this.restoredStep = restoredStep;
    this.origin = what.origin;
    this.samples = what.samples;
    this.dataSeen = what.dataSeen;
    this.weights = what.weights;
  }
}

/** What is known of the cause, and what to do. */
function explanation({
  origin,
  samples,
  dataSeen,
  weights,
  step,
  restoredStep,
}: NonFiniteLoss): string {
  if (origin === 'data') {
    const [noun, verb] = samples.length === 1 ? ['sample', 'holds'] : ['samples', 'hold'];
    return (
      `It comes from the data: ${noun} ${listed(samples)} of that batch (from 0) ${verb} NaN or ` +
      'infinite numbers.'
    );
  }
  if (origin === 'weights') {
    return `It comes from the weights: ${listed(weights)} ${weights.length === 1 ? 'holds' : 'hold'} NaN or infinite numbers.`;
  }
  const data = dataSeen
    ? 'The data are finite. '
    : 'The data could not be run through again, to look for such numbers in them. ';
  if (origin === 'forward') {
    return (
      `${data}No step had changed the weights, which are finite: look at the loss function, and at how large ` +
      'inputs and weights are.'
    );
  }
  const again = step === restoredStep + 1 ? 'It is these weights that gave this loss. ' : '';
  return `${data}${again}A smaller learning rate often helps.`;
}

/**
 * Weights that a step made NaN or infinite, though its loss was finite. Weights, optimiser, schedule and average are
 * those of step `restoredStep` again, and there are no gradients.
 */
export class NonFiniteWeightsError extends ConvnetError {
  override readonly name = 'NonFiniteWeightsError';
  /** Number of the step, from 1, after which they were found so. */
  readonly step: number;
  /** Their paths in the model. */
  readonly weights: readonly string[];
  /** Number of steps that the weights now in the model have seen. */
  readonly restoredStep: number;

  constructor(step: number, weights: readonly string[], restoredStep: number) {
    super(
      `after step ${step} ${listed(weights)} held NaN or infinite numbers, though the losses were finite; ` +
        `training stopped and the model has the weights of step ${restoredStep} again. A smaller learning rate ` +
        `often helps, or clipGradNorm.`,
    );
    this.step = step;
    this.weights = weights;
    this.restoredStep = restoredStep;
  }
}

/** A set without a sample to train or test with. */
export class EmptySetError extends ConvnetError {
  override readonly name = 'EmptySetError';
}

/** The first few of a list in words: `3, 5 and 7`, `3, 5 and 30 more`. */
function listed(items: readonly (string | number)[]): string {
  const most = 8;
  const shown = items.length > most ? items.slice(0, most) : items.slice(0, -1);
  const last = items.length > most ? `${items.length - most} more` : String(items.at(-1));
  return shown.length === 0 ? last : `${shown.join(', ')} and ${last}`;
}
