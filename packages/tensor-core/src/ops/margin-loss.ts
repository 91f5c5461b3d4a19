import { ShapeError } from '../errors.ts';
import { noGrad } from '../autograd.ts';
import { aFiniteNumber } from '../kinds.ts';
import { checkOptions, optionKinds } from '../options.ts';
import type { Tensor } from '../tensor.ts';
import { relu } from './activations.ts';
import { add, mul, neg, square } from './arithmetic.ts';
import { indexScope } from './index-errors.ts';
import { oneHot } from './one-hot.ts';
import { sum } from './reduce.ts';
import { aReduction, reduceLosses, requireReduction, type LossOptions } from './reduction.ts';
import { requireFinite, requireFloating, requireIndex, requireShape } from './require.ts';

/** Options of `marginLoss`. */
export interface MarginLossOptions extends LossOptions {
  /** Length that the capsule of the class should reach. Default 0.9. */
  readonly upperMargin?: number;
  /** Length that the others should not exceed. Default 0.1. */
  readonly lowerMargin?: number;
  /** Weight of the others. Default 0.5. */
  readonly absentWeight?: number;
}

const marginLossOptions = optionKinds<MarginLossOptions>({
  upperMargin: aFiniteNumber,
  lowerMargin: aFiniteNumber,
  absentWeight: aFiniteNumber,
  reduction: aReduction,
});

/**
 * Margin loss of capsule lengths [N, C] with int32 labels [N]: max(0, m⁺ - |v|)² for the class and
 * λ max(0, |v| - m⁻)² for each other, summed over the classes. Sabour et al., "Dynamic Routing Between
 * Capsules", NIPS 2017, equation 4.
 * @throws ShapeError, DTypeError, ArgumentError; IndexRangeError where a label is no class.
 */
export function marginLoss(
  lengths: Tensor,
  target: Tensor,
  options: MarginLossOptions = {},
): Tensor {
  checkOptions('marginLoss', options, marginLossOptions);
  const op = 'marginLoss';
  const { upperMargin = 0.9, lowerMargin = 0.1, absentWeight = 0.5, reduction = 'mean' } = options;
  requireFloating(op, lengths);
  requireIndex(op, target);
  requireReduction(op, reduction);
  requireFinite(op, { upperMargin, lowerMargin, absentWeight });
  if (lengths.rank !== 2) {
    throw new ShapeError(`${op}: expected lengths [N, C], got ${lengths.describe()}`);
  }
  const [batch, classes] = lengths.shape as [number, number];
  requireShape(op, 'a target', target, [batch]);
  return indexScope(op, () => {
    const present = noGrad(() => oneHot(target, classes, lengths.dtype));
    const absent = noGrad(() => mul(add(neg(present), 1), absentWeight));
    const short = square(relu(add(neg(lengths), upperMargin)));
    const long = square(relu(add(lengths, -lowerMargin)));
    return reduceLosses(sum(add(mul(present, short), mul(absent, long)), 1), reduction);
  });
}
