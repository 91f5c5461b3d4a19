import { noGrad } from '../autograd.ts';
import { ShapeError } from '../errors.ts';
import { spliced } from '../lists.ts';
import { aTensor, anInt32, orNull } from '../kinds.ts';
import { checkOptions, optionKinds } from '../options.ts';
import { formatShape } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { div, mul, neg, where } from './arithmetic.ts';
import { ne } from './comparisons.ts';
import { gather } from './gather.ts';
import { indexScope } from './index-errors.ts';
import { cast, reshape, squeeze, unsqueeze } from './layout.ts';
import { sum } from './reduce.ts';
import { aReduction, requireReduction, type LossOptions } from './reduction.ts';
import { requireFloating, requireIndex, requireSameDType, requireShape } from './require.ts';

/** Options of `nllLoss`. */
export interface NllLossOptions extends LossOptions {
  /** Weight of each class, [C]. */
  readonly weight?: Tensor;
  /** Targets of this value contribute nothing. Default -100. */
  readonly ignoreIndex?: number;
}

const nllLossOptions = optionKinds<NllLossOptions>({
  weight: orNull(aTensor),
  ignoreIndex: anInt32,
  reduction: aReduction,
});

/**
 * Negative log-likelihood of int32 labels [N, …] (or []) under log-probabilities [N, C, …] (or [C]). The
 * mean is over the weights of the targets that count.
 * @throws ShapeError, DTypeError, ArgumentError; IndexRangeError where a label is no class (on devices
 * that can tell without waiting; elsewhere the loss is NaN).
 */
export function nllLoss(
  logProbabilities: Tensor,
  target: Tensor,
  options: NllLossOptions = {},
): Tensor {
  checkOptions('nllLoss', options, nllLossOptions);
  const op = 'nllLoss';
  const { weight = null, ignoreIndex = -100, reduction = 'mean' } = options;
  requireFloating(op, logProbabilities);
  requireIndex(op, target);
  requireReduction(op, reduction);
  if (logProbabilities.rank === 0) {
    throw new ShapeError(`${op}: expected log-probabilities [N, C, …], got a scalar`);
  }
  const axis = Math.min(1, logProbabilities.rank - 1);
  const classes = logProbabilities.shape[axis]!;
  requireShape(
    `${op} of ${formatShape(logProbabilities.shape)}`,
    'targets',
    target,
    spliced(logProbabilities.shape, axis, 1),
  );
  requireShape(op, 'a weight for each class', weight, [classes]);
  requireSameDType(op, 'a weight', logProbabilities, weight);
  return indexScope(op, () => {
    const { counts, labels, shares } = noGrad(() => {
      const counts = ne(target, ignoreIndex);
      const labels = where(counts, target, 0);
      const ones = cast(counts, logProbabilities.dtype);
      if (weight === null) return { counts, labels, shares: ones };
      const chosen = gather(weight, 0, reshape(labels, [labels.size]));
      return { counts, labels, shares: mul(reshape(chosen, target.shape), ones) };
    });
    const chosen = squeeze(gather(logProbabilities, axis, unsqueeze(labels, axis)), axis);
    // An ignored target has no loss and no gradient, whatever its log-probability.
    const losses = where(counts, mul(neg(chosen), shares), 0);
    if (reduction === 'none') return losses;
    return reduction === 'sum' ? sum(losses) : div(sum(losses), sum(shares));
  });
}
