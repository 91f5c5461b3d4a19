import { ShapeError } from '../errors.ts';
import { scope } from '../scope.ts';
import { broadcastShapes, formatShape, sameShape } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { softplus } from './activations.ts';
import { add, gt, log, log1p, maximum, mul, neg, sub, where } from './arithmetic.ts';
import { reduceLosses, requireReduction, type LossOptions } from './reduction.ts';
import { requireFloating, requireSameDType, requireShape } from './require.ts';

export interface BinaryCrossEntropyOptions extends LossOptions {
  /** Multiplied with the loss of each element; broadcasts to the input's shape. */
  readonly weight?: Tensor;
}

/** @throws ShapeError, DTypeError where target and factors do not fit the input. */
export function requireLossInputs(
  op: string,
  x: Tensor,
  target: Tensor,
  factors: Readonly<Record<string, Tensor | undefined>>,
): void {
  requireFloating(op, x);
  requireSameDType(op, 'a target', x, target);
  requireShape(op, 'a target', target, x.shape);
  for (const [name, factor] of Object.entries(factors)) {
    if (factor === undefined) continue;
    requireSameDType(op, name, x, factor);
    if (!sameShape(broadcastShapes(op, [x.shape, factor.shape]), x.shape)) {
      throw new ShapeError(
        `${op}: expected ${name} to broadcast to ${formatShape(x.shape)}, got ${formatShape(factor.shape)}`,
      );
    }
  }
}

/**
 * -(target log x + (1 - target) log(1 - x)) for probabilities x and targets from 0 to 1 of one shape. The
 * logarithms are at least -100; where that limit holds no gradient flows.
 * @throws ShapeError, DTypeError, ArgumentError.
 */
export function binaryCrossEntropy(
  x: Tensor,
  target: Tensor,
  { weight, reduction = 'mean' }: BinaryCrossEntropyOptions = {},
): Tensor {
  const op = 'binaryCrossEntropy';
  requireLossInputs(op, x, target, { weight });
  requireReduction(op, reduction);
  return scope(() => {
    const miss = neg(x);
    const some = gt(x, 0);
    const rest = gt(miss, -1);
    const logYes = where(some, log(where(some, x, 1)), -100);
    const logNo = where(rest, log1p(where(rest, miss, 0)), -100);
    const yes = mul(maximum(logYes, -100), target);
    const no = mul(maximum(logNo, -100), add(neg(target), 1));
    const losses = neg(add(yes, no));
    return reduceLosses(weight ? mul(losses, weight) : losses, reduction);
  });
}

export interface BinaryCrossEntropyWithLogitsOptions extends BinaryCrossEntropyOptions {
  /** Multiplied with the loss of positive targets; broadcasts to the input's shape. */
  readonly posWeight?: Tensor;
}

/**
 * `binaryCrossEntropy` of sigmoid(x), without its loss of precision.
 * @throws ShapeError, DTypeError, ArgumentError.
 */
export function binaryCrossEntropyWithLogits(
  x: Tensor,
  target: Tensor,
  { weight, posWeight, reduction = 'mean' }: BinaryCrossEntropyWithLogitsOptions = {},
): Tensor {
  const op = 'binaryCrossEntropyWithLogits';
  requireLossInputs(op, x, target, { weight, posWeight });
  requireReduction(op, reduction);
  return scope(() => {
    const losses = logitLosses(x, target, posWeight);
    return reduceLosses(weight ? mul(losses, weight) : losses, reduction);
  });
}

/** @internal The losses of the elements: (1 - t) x + (1 + (posWeight - 1) t) softplus(-x) for each element. */
export function logitLosses(x: Tensor, target: Tensor, posWeight?: Tensor): Tensor {
  const miss = softplus(neg(x));
  const no = sub(x, mul(x, target));
  if (posWeight === undefined) return add(no, miss);
  return add(no, mul(miss, add(mul(target, sub(posWeight, 1)), 1)));
}
