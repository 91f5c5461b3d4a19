import { noGrad } from '../autograd.ts';
import type { Activation } from '../backend.ts';
import { apply } from '../apply.ts';
import { commonDevice } from '../execute.ts';
import { elementwiseCost, type Operation } from '../operation.ts';
import { formatShape, sameShape } from '../shape.ts';
import { ShapeError } from '../errors.ts';
import type { Tensor } from '../tensor.ts';
import { scope } from '../scope.ts';
import { add, div, mul, sub } from './arithmetic.ts';
import { boundsOf } from './bounds.ts';
import { assign, blend } from '../updates/blend.ts';
import { filled } from '../filled.ts';
import { cast } from './layout.ts';
import { requireSameDType, requireShape } from './require.ts';

/** What all normalisations share: the kernel, the affine map behind it, the running statistics. */

/** What a normalisation keeps for evaluation; see `RunningStatistics` of the kernels. */
export interface Running {
  readonly mean: Tensor;
  readonly variance: Tensor;
  readonly batches: Tensor | null;
  readonly momentum: number;
}

interface BatchNormAttributes {
  readonly epsilon: number;
  /** What follows in the same pass: an activation with bounds. */
  readonly activation: Activation | null;
  /** Share of the batch in the new running statistics, where there are some. */
  readonly momentum: number;
}

/**
 * Normalises by the statistics of the batch. Inputs: x, weight, bias, and what is moved in place and has no gradient:
 * running mean, running variance, count of batches. Outputs: y, mean, biased variance.
 */
const batchNormOperation: Operation<BatchNormAttributes> = {
  name: 'batchNorm',
  infer([x]) {
    const channels = { shape: [x!.shape[1]!], dtype: x!.dtype };
    return [{ shape: x!.shape, dtype: x!.dtype }, channels, channels];
  },
  run(kernels, [x, weight, bias, mean, variance, batches], { epsilon, activation, momentum }) {
    const running = mean ? { mean, variance: variance!, batches: batches ?? null, momentum } : null;
    return kernels.batchNorm(
      x!,
      weight ?? null,
      bias ?? null,
      epsilon,
      running,
      activation && boundsOf(activation),
    );
  },
  writes: [3, 4, 5],
  saves: ({ activation }) => ({
    inputs: activation === null ? [0, 1] : [0, 1, 2],
    outputs: [1, 2],
  }),
  gradient({ gradients, inputs, outputs, needs, attributes }) {
    const [x, weight, bias] = inputs;
    const { epsilon, activation } = attributes;
    const all = apply(
      batchNormGradOperation,
      [x!, gradients[0]!, weight ?? null, bias ?? null, outputs[1]!, outputs[2]!],
      { epsilon, activation },
    );
    return all.map((gradient, i) => (needs[i] ? gradient : null));
  },
  cost: (_, outputs, { activation }) => elementwiseCost(outputs, activation === null ? 5 : 6),
};

const batchNormGradOperation: Operation<Pick<BatchNormAttributes, 'epsilon' | 'activation'>> = {
  name: 'batchNormGrad',
  infer([x]) {
    const channels = { shape: [x!.shape[1]!], dtype: x!.dtype };
    return [{ shape: x!.shape, dtype: x!.dtype }, channels, channels];
  },
  run: (kernels, [x, dy, weight, bias, mean, variance], { epsilon, activation }) =>
    kernels.batchNormGrad(
      x!,
      dy!,
      weight ?? null,
      bias ?? null,
      mean!,
      variance!,
      epsilon,
      activation && boundsOf(activation),
    ),
  cost: (_, outputs, { activation }) => elementwiseCost(outputs, activation === null ? 8 : 9),
};

/**
 * (x - mean) / sqrt(biased variance + epsilon) * weight + bias with the statistics of x [N, C, …] over all
 * axes but 1; also the mean and the biased variance [C], which no gradient flows through. Moves the running
 * statistics, and applies the activation.
 */
export function normalize(
  x: Tensor,
  weight: Tensor | null,
  bias: Tensor | null,
  epsilon: number,
  running: Running | null = null,
  activation: Activation | null = null,
): [y: Tensor, mean: Tensor, variance: Tensor] {
  return apply(
    batchNormOperation,
    [x, weight, bias, running?.mean ?? null, running?.variance ?? null, running?.batches ?? null],
    { epsilon, activation, momentum: running?.momentum ?? 0 },
  ) as [Tensor, Tensor, Tensor];
}

/** x * weight + bias, where they are given and broadcast. */
export function affine(x: Tensor, weight: Tensor | null, bias: Tensor | null): Tensor {
  const scaled = weight === null ? x : mul(x, weight);
  return bias === null ? scaled : add(scaled, bias);
}

/** In place: running = (1 - momentum) running + momentum * scale * batch. */
export function moveRunning(
  running: Tensor | null,
  batch: Tensor,
  momentum: number,
  scale: number,
): void {
  if (running === null) return;
  blend(running, batch, 1 - momentum, momentum * scale);
}

/** Statistics that are the plain average of the batches counted. */
export interface RunningAverage {
  readonly mean: Tensor;
  readonly variance: Tensor;
  readonly batches: Tensor;
}

/**
 * In place: counts one more batch and makes its statistics a part of the average. The count stays on the device,
 * so that nothing here is out of date after it was loaded.
 * @param scale of the variance.
 */
export function countIn(
  average: RunningAverage,
  mean: Tensor,
  variance: Tensor,
  scale: number,
): void {
  scope(() =>
    noGrad(() => {
      const count = add(average.batches, 1);
      const one = filled(mean, [], 1);
      const share = div(one, cast(count, mean.dtype));
      const kept = sub(one, share);
      const moved = (running: Tensor, batch: Tensor): Tensor =>
        add(mul(running, kept), mul(batch, share));
      const changes = [
        [average.mean, moved(average.mean, mean)],
        [average.variance, moved(average.variance, mul(variance, scale))],
        [average.batches, count],
      ] as const;
      for (const [statistic, next] of changes) assign(statistic, next);
    }),
  );
}

/** @throws ShapeError, DTypeError, DeviceError where something learned or kept does not fit the input. */
export function requireParameters(
  op: string,
  x: Tensor,
  parameters: Readonly<Record<string, Tensor | null>>,
  shape: readonly number[],
): void {
  for (const [name, t] of Object.entries(parameters)) {
    // The name is put together only where there is something to say: this runs in every forward pass.
    if (t !== null && !sameShape(t.shape, shape)) {
      requireShape(`${op} of ${formatShape(x.shape)}`, name, t, shape);
    }
    requireSameDType(op, name, x, t);
    // An input on the meta device asks for shapes, whatever device the rest is on.
    if (t !== null && t.device !== x.device && !x.device.isMeta) commonDevice(op, [x, t]);
  }
}

/** @throws ShapeError where statistics would be taken over a single value. */
export function requireSeveral(op: string, x: Tensor, count: number, per: string): void {
  if (count === 1) {
    throw new ShapeError(
      `${op}: expected more than one value per ${per} when training, got input ${formatShape(x.shape)}`,
    );
  }
}
