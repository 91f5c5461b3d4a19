import type { Activation } from '../backend.ts';
import { ArgumentError, DTypeError, ShapeError } from '../errors.ts';
import { apply } from '../apply.ts';
import { elementwiseCost, type Operation } from '../operation.ts';
import { aBoolean, aNumber, aString, listOf, anObject, numberFrom, orNull } from '../kinds.ts';
import { checkOptions, optionKinds } from '../options.ts';
import { forInference, requireTraining } from '../inference.ts';
import { requireTensor } from '../require-tensor.ts';
import { scope } from '../scope.ts';
import { formatShape } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { add, mul, sub } from './arithmetic.ts';
import { rsqrt } from './elementary.ts';
import { activate, boundsOf } from './bounds.ts';
import { reshape } from './layout.ts';
import {
  affine,
  countIn,
  moveRunning,
  normalize,
  requireParameters,
  requireSeveral,
  type Running,
  type RunningAverage,
} from './normalize.ts';
import { requireState, type BatchNormState } from './norm-state.ts';
import { sum } from './reduce.ts';
import { requireFloating } from './require.ts';

/** Normalises by given statistics. Inputs: x, weight, bias, mean, variance. */
const batchNormInferenceOperation: Operation<{ readonly epsilon: number }> = {
  name: 'batchNormInference',
  infer: ([x]) => [{ shape: x!.shape, dtype: x!.dtype }],
  run: (kernels, [x, weight, bias, mean, variance], { epsilon }) => [
    kernels.batchNormInference(x!, weight ?? null, bias ?? null, mean!, variance!, epsilon),
  ],
  saves: () => ({ inputs: [0, 1, 3, 4], outputs: [] }),
  gradient({ gradients, inputs, needs, attributes: { epsilon } }) {
    const g = gradients[0]!;
    const [x, weight, , mean, variance] = inputs;
    const others = x!.shape.map((_, axis) => axis).filter((axis) => axis !== 1);
    const scale = rsqrt(add(variance!, epsilon));
    return [
      needs[0] ? mul(g, perChannel(x!, weight ? mul(weight, scale) : scale)!) : null,
      needs[1] ? mul(sum(mul(g, sub(x!, perChannel(x!, mean!)!)), others), scale) : null,
      needs[2] ? sum(g, others) : null,
      null,
      null,
    ];
  },
  cost: (_, outputs) => elementwiseCost(outputs, 2),
};

/** Options of `batchNorm`. */
export interface BatchNormOptions {
  /** Use the statistics of the batch, and fold them into the running ones. */
  readonly training: boolean;
  /**
   * Share of the batch in the new running statistics; null: they are the plain average of all batches, which
   * `batchesTracked` counts. Default 0.1.
   */
  readonly momentum?: number | null;
  /** Added to the variance. Default 1e-5. */
  readonly epsilon?: number;
  /**
   * What follows: `relu`, or `hardtanh` with its two bounds. In training the two are one pass, forward and backward.
   */
  readonly activation?: Activation | null;
}

const batchNormOptions = optionKinds<BatchNormOptions>({
  training: aBoolean,
  momentum: orNull(numberFrom(0, 1)),
  epsilon: numberFrom(0, Infinity),
  activation: orNull(anObject),
});

const activationKinds = optionKinds<Activation>({ name: aString, scalars: listOf(aNumber) });

/**
 * Batch normalisation of x [N, C, …] over all axes but the second. Training, or without running
 * statistics: (x - mean) / sqrt(biased variance + epsilon) * weight + bias, and the running statistics
 * move towards the batch's mean and unbiased variance. Otherwise the running statistics are used.
 * Ioffe and Szegedy, "Batch Normalization", ICML 2015.
 * @throws ShapeError where channels differ, or training meets one value per channel; DTypeError;
 * ArgumentError for numbers out of range; InferenceOnlyError for training in an application that only infers.
 */
export function batchNorm(x: Tensor, state: BatchNormState, options: BatchNormOptions): Tensor {
  requireTensor('batchNorm', x);
  requireState('batchNorm', state);
  checkOptions('batchNorm', options, batchNormOptions, ['training']);
  const { training, momentum = 0.1, epsilon = 1e-5, activation = null } = options;
  const { weight, bias, runningMean, runningVar } = state;
  if (x.rank < 2) {
    throw new ShapeError(`batchNorm: expected input [N, C, …], got ${formatShape(x.shape)}`);
  }
  requireFloating('batchNorm', x);
  requireBounds(activation);
  const channels = x.shape[1]!;
  requireParameters('batchNorm', x, { weight, bias, runningMean, runningVar }, [channels]);
  if (!training && runningMean !== null && runningVar !== null) {
    const inputs = [x, weight, bias, runningMean, runningVar];
    return followedBy(
      activation,
      () => apply(batchNormInferenceOperation, inputs, { epsilon })[0]!,
    );
  }
  if (x.size === 0) {
    return followedBy(activation, () => affine(x, perChannel(x, weight), perChannel(x, bias)));
  }
  const count = x.size / channels;
  requireSeveral('batchNorm', x, count, 'channel');
  if (training) requireTraining('batchNorm in training mode, which eval() ends');
  const [y, mean, variance] =
    !forInference && training
      ? normalizeAndMove(x, state, momentum, epsilon, activation)
      : normalize(x, weight, bias, epsilon, null, activation);
  mean.dispose();
  variance.dispose();
  return y;
}

/** As `normalize`; what the state keeps for evaluation moves towards the batch. */
function normalizeAndMove(
  x: Tensor,
  state: BatchNormState,
  momentum: number | null,
  epsilon: number,
  activation: Activation | null,
): ReturnType<typeof normalize> {
  const { weight, bias, runningMean, runningVar } = state;
  const count = x.size / x.shape[1]!;
  const average = momentum === null ? averageOf(state) : null;
  const running = momentum === null ? null : runningOf(state, momentum);
  const results = normalize(x, weight, bias, epsilon, running, activation);
  const [, mean, variance] = results;
  if (average !== null) {
    countIn(average, mean, variance, count / (count - 1));
  } else if (running === null && momentum !== null) {
    moveRunning(runningMean, mean, momentum, 1);
    moveRunning(runningVar, variance, momentum, count / (count - 1));
  }
  return results;
}

/** @throws ArgumentError for an activation that is more than bounds, or whose bounds are not low < high. */
function requireBounds(activation: Activation | null): void {
  if (activation === null) return;
  checkOptions('batchNorm: activation', activation, activationKinds, ['name', 'scalars']);
  const bounds = boundsOf(activation);
  if (bounds === null) {
    throw new ArgumentError(
      `batchNorm: activation: expected name as 'relu' or 'hardtanh', got '${activation.name}'`,
    );
  }
  if (bounds.low < bounds.high) return;
  throw new ArgumentError(
    `batchNorm: expected bounds with low < high, got ${bounds.low} and ${bounds.high}`,
  );
}

/** What `body` computes, and then the activation. */
function followedBy(activation: Activation | null, body: () => Tensor): Tensor {
  return scope(() => (activation === null ? body() : activate(activation, body())));
}

/** The running statistics as the kernel moves them, where there are both. */
function runningOf(state: BatchNormState, momentum: number): Running | null {
  const { runningMean: mean, runningVar: variance, batchesTracked: batches = null } = state;
  if (mean === null || variance === null) return null;
  requireCounter(batches);
  return { mean, variance, batches, momentum };
}

/** The statistics whose plain average is kept, where there are both. */
function averageOf(state: BatchNormState): RunningAverage | null {
  const { runningMean: mean, runningVar: variance, batchesTracked: batches = null } = state;
  if (mean === null || variance === null) return null;
  if (batches === null) {
    throw new ArgumentError(
      'batchNorm: expected batchesTracked, which counts the batches, with momentum null',
    );
  }
  requireCounter(batches);
  return { mean, variance, batches };
}

/** @throws DTypeError for anything but an int32 scalar. */
function requireCounter(batches: Tensor | null): void {
  if (batches !== null && (batches.dtype !== 'int32' || batches.rank > 0)) {
    throw new DTypeError(
      `batchNorm: expected batchesTracked as an int32 scalar, got ${batches.describe()}`,
    );
  }
}

/** A parameter [C] in the shape that broadcasts along the channels of `x`. */
function perChannel(x: Tensor, t: Tensor | null): Tensor | null {
  const shape = x.shape.map((extent, axis) => (axis === 1 ? extent : 1));
  return t === null ? null : reshape(t, shape);
}
