import type { Bounds } from '../backend.ts';
import { apply } from '../apply.ts';
import { elementwiseCost, savesNothing, type Operation } from '../operation.ts';
import { formatShape, sameShape } from '../shape.ts';
import { ArgumentError, ShapeError } from '../errors.ts';
import { stepScalar, type StepScalar } from '../step-scalar.ts';
import type { Tensor } from '../tensor.ts';
import { add, mul } from './arithmetic.ts';
import { blend } from '../updates/blend.ts';
import { requireFinite, requireSameDType, requireShape } from './require.ts';

/** What all normalisations share: the kernel, the affine map behind it, the running statistics. */

/** What a normalisation keeps for evaluation; see `RunningStatistics` of the kernels. */
export interface Running {
  readonly mean: Tensor;
  readonly variance: Tensor;
  readonly batches: Tensor | null;
  /** Share of the batch in the new statistics. */
  readonly momentum: number | StepScalar;
}

interface BatchNormAttributes {
  readonly epsilon: number;
  readonly bounds: Bounds | null;
  /** Of the running statistics, where there are some; null: the step scalar. */
  readonly momentum: number | null;
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
  run(kernels, [x, weight, bias, mean, variance, batches], attributes, _, scalars) {
    const { epsilon, bounds } = attributes;
    const momentum = attributes.momentum ?? scalars[0]!;
    const running = mean ? { mean, variance: variance!, batches: batches ?? null, momentum } : null;
    return kernels.batchNorm(x!, weight ?? null, bias ?? null, epsilon, running, bounds);
  },
  writes: [3, 4, 5],
  saves: ({ bounds }) => ({ inputs: bounds === null ? [0, 1] : [0, 1, 2], outputs: [1, 2] }),
  gradient({ gradients, inputs, outputs, needs, attributes }) {
    const [x, weight, bias] = inputs;
    const { epsilon, bounds } = attributes;
    const all = apply(
      batchNormGradOperation,
      [x!, gradients[0]!, weight ?? null, bias ?? null, outputs[1]!, outputs[2]!],
      { epsilon, bounds },
    );
    return all.map((gradient, i) => (needs[i] ? gradient : null));
  },
  cost: (_, outputs, { bounds }) => elementwiseCost(outputs, bounds === null ? 5 : 6),
};

const batchNormGradOperation: Operation<Pick<BatchNormAttributes, 'epsilon' | 'bounds'>> = {
  name: 'batchNormGrad',
  infer([x]) {
    const channels = { shape: [x!.shape[1]!], dtype: x!.dtype };
    return [{ shape: x!.shape, dtype: x!.dtype }, channels, channels];
  },
  run: (kernels, [x, dy, weight, bias, mean, variance], { epsilon, bounds }) =>
    kernels.batchNormGrad(x!, dy!, weight ?? null, bias ?? null, mean!, variance!, epsilon, bounds),
  saves: () => savesNothing,
  cost: (_, outputs, { bounds }) => elementwiseCost(outputs, bounds === null ? 8 : 9),
};

/**
 * (x - mean) / sqrt(biased variance + epsilon) * weight + bias with the statistics of x [N, C, …] over all
 * axes but 1; also the mean and the biased variance [C], which no gradient flows through. Moves the running
 * statistics, and keeps the result within the bounds.
 */
export function normalize(
  x: Tensor,
  weight: Tensor | null,
  bias: Tensor | null,
  epsilon: number,
  running: Running | null = null,
  bounds: Bounds | null = null,
): [y: Tensor, mean: Tensor, variance: Tensor] {
  const momentum = running?.momentum ?? 0;
  const constant = typeof momentum === 'number';
  return apply(
    batchNormOperation,
    [x, weight, bias, running?.mean ?? null, running?.variance ?? null, running?.batches ?? null],
    { epsilon, bounds, momentum: constant ? momentum : null },
    constant ? [] : [momentum],
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
  momentum: number | StepScalar,
  scale: number,
): void {
  if (running === null) return;
  if (typeof momentum === 'number') {
    blend(running, batch, 1 - momentum, momentum * scale);
  } else {
    const kept = stepScalar(() => 1 - momentum.value());
    blend(
      running,
      batch,
      kept,
      stepScalar(() => momentum.value() * scale),
    );
  }
}

/** @throws ArgumentError for an epsilon that is negative or not finite. */
export function requireEpsilon(op: string, epsilon: number): void {
  requireFinite(op, { epsilon });
  if (epsilon < 0) throw new ArgumentError(`${op}: expected epsilon ≥ 0, got ${epsilon}`);
}

/** @throws ArgumentError for a constant momentum outside [0, 1]. */
export function requireMomentum(op: string, momentum: number | StepScalar): void {
  if (typeof momentum !== 'number') return;
  if (!(momentum >= 0 && momentum <= 1)) {
    throw new ArgumentError(`${op}: expected momentum from 0 to 1, got ${momentum}`);
  }
}

/** @throws ShapeError, DTypeError where something learned or kept does not fit the input. */
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
