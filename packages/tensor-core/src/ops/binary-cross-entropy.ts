import { noGrad } from '../autograd.ts';
import { ShapeError } from '../errors.ts';
import { aTensor } from '../kinds.ts';
import { checkOptions, optionKinds } from '../options.ts';
import { scope } from '../scope.ts';
import { broadcastShapes, formatShape, sameShape } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { softplus } from './activations.ts';
import { add, div, maximum, mul, neg, sub } from './arithmetic.ts';
import { log, log1p } from './elementary.ts';
import { aReduction, reduceLosses, requireReduction, type LossOptions } from './reduction.ts';
import { requireFloating, requireSameDType, requireShape } from './require.ts';

/** Options of `binaryCrossEntropy`. */
export interface BinaryCrossEntropyOptions extends LossOptions {
  /** Multiplied with the loss of each element; broadcasts to the input's shape. */
  readonly weight?: Tensor;
}

const probabilityOptions = optionKinds<BinaryCrossEntropyOptions>({
  weight: aTensor,
  reduction: aReduction,
});

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
 * -(target log x + (1 - target) log(1 - x)) for probabilities x and targets from 0 to 1 of one shape. As in
 * PyTorch the logarithms are at least -100, and the gradient divides by x (1 - x) of at least 1e-12.
 * @throws ShapeError, DTypeError, ArgumentError.
 */
export function binaryCrossEntropy(
  x: Tensor,
  target: Tensor,
  options: BinaryCrossEntropyOptions = {},
): Tensor {
  checkOptions('binaryCrossEntropy', options, probabilityOptions);
  const { weight, reduction = 'mean' } = options;
  const op = 'binaryCrossEntropy';
  requireLossInputs(op, x, target, { weight });
  requireReduction(op, reduction);
  return scope(() => {
    const { yes, no, slope } = noGrad(() => ({
      yes: maximum(log(x), -100),
      no: maximum(log1p(neg(x)), -100),
      slope: div(sub(x, target), maximum(mul(x, add(neg(x), 1)), 1e-12)),
    }));
    const value = neg(add(mul(yes, target), mul(no, add(neg(target), 1))));
    // Adds nothing to the value, and the slope to its gradient by x.
    const losses = add(value, mul(sub(x, x.detach()), slope));
    return reduceLosses(weight ? mul(losses, weight) : losses, reduction);
  });
}

/** Options of `binaryCrossEntropyWithLogits`. */
export interface BinaryCrossEntropyWithLogitsOptions extends BinaryCrossEntropyOptions {
  /** Multiplied with the loss of positive targets; broadcasts to the input's shape. */
  readonly posWeight?: Tensor;
}

const logitOptions = optionKinds<BinaryCrossEntropyWithLogitsOptions>({
  weight: aTensor,
  posWeight: aTensor,
  reduction: aReduction,
});

/**
 * `binaryCrossEntropy` of sigmoid(x), without its loss of precision.
 * @throws ShapeError, DTypeError, ArgumentError.
 */
export function binaryCrossEntropyWithLogits(
  x: Tensor,
  target: Tensor,
  options: BinaryCrossEntropyWithLogitsOptions = {},
): Tensor {
  checkOptions('binaryCrossEntropyWithLogits', options, logitOptions);
  const { weight, posWeight, reduction = 'mean' } = options;
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
  // Not x - x t, which is NaN where x is infinite.
  const no = mul(x, add(neg(target), 1));
  if (posWeight === undefined) return add(no, miss);
  return add(no, mul(miss, add(mul(target, sub(posWeight, 1)), 1)));
}
