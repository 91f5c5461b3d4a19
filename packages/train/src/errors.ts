import { ConvnetError } from '@convnet/tensor-core';

/**
 * Where a loss that is not finite came from: 'data' where inputs or labels hold such numbers, 'weights' where the
 * model's weights did before, 'forward' where both were finite and no step had changed anything yet,
 * 'training' where steps had.
 */
export type NonFiniteOrigin = 'data' | 'weights' | 'forward' | 'training';

/** What a second look at the data found, after a loss or weights that are not finite. */
export interface DataFindings {
  /** Whether the data could be had again. */
  readonly dataSeen: boolean;
  /** Samples whose inputs or labels are not finite, by their place in their batch, from 0. */
  readonly samples: readonly number[];
  /** Their batch of the epoch, from 1; that of the step where there are none. */
  readonly sampleBatch: number;
}

/** What `NonFiniteLossError` tells. */
export interface NonFiniteLoss extends DataFindings {
  /** Number of the step whose loss it was, from 1. */
  readonly step: number;
  /** Epoch and batch of that step, from 1. */
  readonly epoch: number;
  readonly batch: number;
  readonly loss: number;
  /** Number of steps that the weights now in the model have seen. */
  readonly restoredStep: number;
  readonly origin: NonFiniteOrigin;
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
  readonly sampleBatch: number;
  readonly dataSeen: boolean;
  readonly weights: readonly string[];

  constructor(what: NonFiniteLoss) {
    const { step, epoch, batch, loss, restoredStep } = what;
    super(
      `the loss of step ${step} is ${loss} (epoch ${epoch}, batch ${batch}); ${backAt(restoredStep)} ` +
        causeOf(what),
    );
    this.step = step;
    this.epoch = epoch;
    this.batch = batch;
    this.loss = loss;
    this.restoredStep = restoredStep;
    this.origin = what.origin;
    this.samples = what.samples;
    this.sampleBatch = what.sampleBatch;
    this.dataSeen = what.dataSeen;
    this.weights = what.weights;
  }
}

/** What `NonFiniteWeightsError` tells. */
export interface NonFiniteWeights extends DataFindings {
  /** Number of the step, from 1, after which they were found so. */
  readonly step: number;
  readonly epoch: number;
  /** Their paths in the model. */
  readonly weights: readonly string[];
  /** Number of steps that the weights now in the model have seen. */
  readonly restoredStep: number;
}

/**
 * Weights that a step made NaN or infinite, though its loss was finite. Weights, optimiser, schedule and average are
 * those of step `restoredStep` again, and there are no gradients.
 */
export class NonFiniteWeightsError extends ConvnetError implements NonFiniteWeights {
  override readonly name = 'NonFiniteWeightsError';
  readonly step: number;
  readonly epoch: number;
  readonly weights: readonly string[];
  readonly restoredStep: number;
  readonly samples: readonly number[];
  readonly sampleBatch: number;
  readonly dataSeen: boolean;

  constructor(what: NonFiniteWeights) {
    const { step, epoch, weights, restoredStep, samples } = what;
    const cause =
      samples.length > 0
        ? fromData(what)
        : `${ofData(what)} A smaller learning rate often helps, or clipGradNorm.`;
    super(
      `after step ${step} (epoch ${epoch}) ${listed(weights)} held NaN or infinite numbers, though the losses ` +
        `were finite; ${backAt(restoredStep)} ${cause}`,
    );
    this.step = step;
    this.epoch = epoch;
    this.weights = weights;
    this.restoredStep = restoredStep;
    this.samples = samples;
    this.sampleBatch = what.sampleBatch;
    this.dataSeen = what.dataSeen;
  }
}

function backAt(restoredStep: number): string {
  return `training stopped and the model has the weights of step ${restoredStep} again.`;
}

/** What is known of the cause of a loss, and what to do. */
function causeOf(what: NonFiniteLoss): string {
  const { origin, weights, step, restoredStep } = what;
  if (origin === 'data') return fromData(what);
  if (origin === 'weights') {
    const verb = weights.length === 1 ? 'holds' : 'hold';
    return `It comes from the weights: ${listed(weights)} ${verb} NaN or infinite numbers.`;
  }
  if (origin === 'forward') {
    return (
      `${ofData(what)} No step had changed the weights, which are finite: look at the loss function, and at ` +
      'how large inputs and weights are.'
    );
  }
  const again = step === restoredStep + 1 ? ' It is these weights that gave this loss.' : '';
  return `${ofData(what)}${again} A smaller learning rate often helps.`;
}

function fromData({ samples, sampleBatch }: DataFindings): string {
  const [noun, verb] = samples.length === 1 ? ['sample', 'holds'] : ['samples', 'hold'];
  return (
    `It comes from the data: ${noun} ${listed(samples)} (from 0) of batch ${sampleBatch} ${verb} NaN or ` +
    'infinite numbers.'
  );
}

function ofData({ dataSeen }: DataFindings): string {
  return dataSeen
    ? 'The data are finite.'
    : 'The data could not be run through again, to look for such numbers in them.';
}

/** A set without a sample to train or test with. */
export class EmptySetError extends ConvnetError {
  override readonly name = 'EmptySetError';
}

/** The first few of a list in words: `3, 5 and 7`, `3, 5 and 30 more`. */
function listed(items: readonly (string | number)[]): string {
  const most = 8;
  const shown = items.length > most ? items.slice(0, most) : items.slice(0, -1);
  const last =
    items.length > most ? `${items.length - most} more` : String(items[items.length - 1]);
  return shown.length === 0 ? last : `${shown.join(', ')} and ${last}`;
}
