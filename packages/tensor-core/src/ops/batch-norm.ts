import { isFloating } from '../dtype.ts';
import { ArgumentError, DTypeError, ShapeError } from '../errors.ts';
import { noGrad } from '../autograd.ts';
import { apply, elementwiseCost, type Operation } from '../operation.ts';
import { formatShape } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { add, mul, rsqrt, sub } from './arithmetic.ts';
import { reshape } from './layout.ts';
import { sum } from './reduce.ts';

interface NormAttributes {
  readonly epsilon: number;
}

/** Normalises by the statistics of the batch. Inputs: x, weight, bias. Outputs: y, mean, biased variance. */
const batchNormOperation: Operation<NormAttributes> = {
  name: 'batchNorm',
  infer([x]) {
    const channels = { shape: [x!.shape[1]!], dtype: x!.dtype };
    return [{ shape: x!.shape, dtype: x!.dtype }, channels, channels];
  },
  run: (kernels, [x, weight, bias], { epsilon }) =>
    kernels.batchNorm(x!, weight ?? null, bias ?? null, epsilon),
  saves: () => ({ inputs: [0, 1], outputs: [1, 2] }),
  gradient({ gradients, inputs, outputs, needs, attributes }) {
    const [x, weight] = inputs;
    const all = apply(
      batchNormGradOperation,
      [x!, gradients[0]!, weight ?? null, outputs[1]!, outputs[2]!],
      attributes,
    );
    return all.map((gradient, i) => (needs[i] ? gradient : null));
  },
  cost: (_, outputs) => elementwiseCost(outputs, 5),
};

const batchNormGradOperation: Operation<NormAttributes> = {
  name: 'batchNormGrad',
  infer([x]) {
    const channels = { shape: [x!.shape[1]!], dtype: x!.dtype };
    return [{ shape: x!.shape, dtype: x!.dtype }, channels, channels];
  },
  run: (kernels, [x, dy, weight, mean, variance], { epsilon }) =>
    kernels.batchNormGrad(x!, dy!, weight ?? null, mean!, variance!, epsilon),
  saves: () => ({ inputs: [], outputs: [] }),
  cost: (_, outputs) => elementwiseCost(outputs, 8),
};

/** Normalises by given statistics. Inputs: x, weight, bias, mean, variance. */
const batchNormInferenceOperation: Operation<NormAttributes> = {
  name: 'batchNormInference',
  infer: ([x]) => [{ shape: x!.shape, dtype: x!.dtype }],
  run: (kernels, [x, weight, bias, mean, variance], { epsilon }) => [
    kernels.batchNormInference(x!, weight ?? null, bias ?? null, mean!, variance!, epsilon),
  ],
  saves: () => ({ inputs: [0, 1, 3, 4], outputs: [] }),
  gradient({ gradients, inputs, needs, attributes: { epsilon } }) {
    const g = gradients[0]!;
    const [x, weight, , mean, variance] = inputs;
    const perChannel = (t: Tensor): Tensor =>
      reshape(
        t,
        x!.shape.map((extent, axis) => (axis === 1 ? extent : 1)),
      );
    const others = x!.shape.map((_, axis) => axis).filter((axis) => axis !== 1);
    const scale = rsqrt(add(variance!, epsilon));
    return [
      needs[0] ? mul(g, perChannel(weight ? mul(weight, scale) : scale)) : null,
      needs[1] ? mul(sum(mul(g, sub(x!, perChannel(mean!))), others), scale) : null,
      needs[2] ? sum(g, others) : null,
      null,
      null,
    ];
  },
  cost: (_, outputs) => elementwiseCost(outputs, 2),
};

export interface BatchNormOptions {
  /** Use the statistics of the batch, and fold them into the running ones. */
  readonly training: boolean;
  /** Share of the batch in the new running statistics. Default 0.1. */
  readonly momentum?: number;
  /** Added to the variance. Default 1e-5. */
  readonly epsilon?: number;
}

/** What a normalisation learns and keeps: each [C], or null. */
export interface BatchNormState {
  readonly weight: Tensor | null;
  readonly bias: Tensor | null;
  readonly runningMean: Tensor | null;
  readonly runningVar: Tensor | null;
}

/**
 * Batch normalisation of x [N, C, …] over all axes but the second. Training, or without running
 * statistics: (x - mean) / sqrt(biased variance + epsilon) * weight + bias, and the running statistics
 * move towards the batch's mean and unbiased variance. Otherwise the running statistics are used.
 * Ioffe and Szegedy, "Batch Normalization", ICML 2015.
 * @throws ShapeError where channels differ, or training meets one value per channel; DTypeError.
 */
export function batchNorm(x: Tensor, state: BatchNormState, options: BatchNormOptions): Tensor {
  const { training, momentum = 0.1, epsilon = 1e-5 } = options;
  const { weight, bias, runningMean, runningVar } = state;
  if (x.rank < 2) {
    throw new ShapeError(`batchNorm: expected input [N, C, …], got ${formatShape(x.shape)}`);
  }
  if (!isFloating(x.dtype)) {
    throw new DTypeError(`batchNorm: expected a floating tensor, got ${x.describe()}`);
  }
  if (!(momentum >= 0 && momentum <= 1) || !(epsilon >= 0)) {
    throw new ArgumentError(
      `batchNorm: expected momentum in [0, 1] and epsilon ≥ 0, got ${momentum} and ${epsilon}`,
    );
  }
  const channels = x.shape[1]!;
  for (const [name, t] of Object.entries(state) as [string, Tensor | null][]) {
    if (t !== null && (t.rank !== 1 || t.shape[0] !== channels)) {
      throw new ShapeError(
        `batchNorm: expected ${name} [${channels}] for input ${formatShape(x.shape)}, got ${formatShape(t.shape)}`,
      );
    }
  }
  if (!training && runningMean !== null && runningVar !== null) {
    return apply(batchNormInferenceOperation, [x, weight, bias, runningMean, runningVar], {
      epsilon,
    })[0]!;
  }
  const count = x.size / channels;
  if (count <= 1) {
    throw new ShapeError(
      `batchNorm: expected more than one value per channel when training, got input ${formatShape(x.shape)}`,
    );
  }
  const [y, mean, variance] = apply(batchNormOperation, [x, weight, bias], { epsilon });
  if (training) {
    noGrad(() => {
      if (runningMean !== null) blend(runningMean, mean!, momentum, 1);
      if (runningVar !== null) blend(runningVar, variance!, momentum, count / (count - 1));
    });
  }
  mean!.dispose();
  variance!.dispose();
  return y!;
}

function blend(running: Tensor, batch: Tensor, momentum: number, scale: number): void {
  if (batch.device.isMeta) return;
  running.device.kernels.blend(running, batch, 1 - momentum, momentum * scale);
  running.storage.version++;
}
