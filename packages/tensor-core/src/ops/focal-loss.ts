import { ArgumentError } from '../errors.ts';
import { aFiniteNumber } from '../kinds.ts';
import { checkOptions, optionKinds } from '../options.ts';
import { scope } from '../scope.ts';
import type { Tensor } from '../tensor.ts';
import { sigmoid } from './activations.ts';
import { add, mul, sub } from './arithmetic.ts';
import { pow } from './elementary.ts';
import { logitLosses, requireLossInputs } from './binary-cross-entropy.ts';
import { aReduction, reduceLosses, requireReduction, type LossOptions } from './reduction.ts';
import { requireFinite } from './require.ts';

/** Options of `sigmoidFocalLoss`. */
export interface FocalLossOptions extends LossOptions {
  /** Weight of positive targets, 1 - alpha of negative ones; negative for no weighting. Default 0.25. */
  readonly alpha?: number;
  /** Exponent, at least 0, of the factor that mutes what is already right. Default 2. */
  readonly gamma?: number;
}

const focalLossOptions = optionKinds<FocalLossOptions>({
  alpha: aFiniteNumber,
  gamma: aFiniteNumber,
  reduction: aReduction,
});

/**
 * `binaryCrossEntropyWithLogits` times (1 - p)^gamma with the probability p that sigmoid(x) gives the
 * target. Lin et al., "Focal Loss for Dense Object Detection", ICCV 2017, equation 5.
 * torchvision.ops.sigmoid_focal_loss, but with the mean as default reduction, as all losses here.
 * @throws ShapeError, DTypeError, ArgumentError.
 */
export function sigmoidFocalLoss(
  x: Tensor,
  target: Tensor,
  options: FocalLossOptions = {},
): Tensor {
  checkOptions('sigmoidFocalLoss', options, focalLossOptions);
  const { alpha = 0.25, gamma = 2, reduction = 'mean' } = options;
  const op = 'sigmoidFocalLoss';
  requireLossInputs(op, x, target, {});
  requireReduction(op, reduction);
  requireFinite(op, { alpha, gamma });
  if (alpha > 1 || gamma < 0) {
    throw new ArgumentError(`${op}: expected alpha ≤ 1 and gamma ≥ 0, got ${alpha} and ${gamma}`);
  }
  return scope(() => {
    const p = sigmoid(x);
    // 1 - p where the target is 1, p where it is 0.
    const miss = sub(add(p, target), mul(mul(p, target), 2));
    const losses = mul(logitLosses(x, target), pow(miss, gamma));
    if (alpha < 0) return reduceLosses(losses, reduction);
    const balance = add(mul(target, 2 * alpha - 1), 1 - alpha);
    return reduceLosses(mul(losses, balance), reduction);
  });
}
