import { ShapeError } from '../errors.ts';
import { aBoolean, oneOf } from '../kinds.ts';
import { checkOptions, optionKinds } from '../options.ts';
import { scope } from '../scope.ts';
import type { Tensor } from '../tensor.ts';
import { mul, sub, where } from './arithmetic.ts';
import { exp, log } from './elementary.ts';
import { ne } from './comparisons.ts';
import { sum } from './reduce.ts';
import { reduceLosses, requireReduction, type Reduction } from './reduction.ts';
import { requireFloating, requireSameDType, requireShape } from './require.ts';

/** Options of `klDiv`. */
export interface KlDivOptions {
  /** 'batchmean', the sum over the batch size, is the divergence; 'mean' is over all elements. Default 'mean'. */
  readonly reduction?: Reduction | 'batchmean';
  /** Whether the target is given as log-probabilities. Default false. */
  readonly logTarget?: boolean;
}

const klDivOptions = optionKinds<KlDivOptions>({
  reduction: oneOf('mean', 'sum', 'none', 'batchmean'),
  logTarget: aBoolean,
});

/**
 * Kullback and Leibler's divergence target (log target - x) of log-probabilities x from a target
 * distribution of the same shape. torch.nn.functional.kl_div.
 * @throws ShapeError, DTypeError, ArgumentError.
 */
export function klDiv(x: Tensor, target: Tensor, options: KlDivOptions = {}): Tensor {
  checkOptions('klDiv', options, klDivOptions);
  const { reduction = 'mean', logTarget = false } = options;
  const op = 'klDiv';
  requireFloating(op, x);
  requireSameDType(op, 'a target', x, target);
  requireShape(op, 'a target', target, x.shape);
  if (reduction !== 'batchmean') requireReduction(op, reduction);
  const batch = x.shape[0];
  if (reduction === 'batchmean' && batch === undefined) {
    throw new ShapeError(`${op}: reduction 'batchmean' needs a batch axis, got a scalar`);
  }
  return scope(() => {
    const losses = logTarget
      ? mul(exp(target), sub(target, x))
      : sub(targetLogTarget(target), mul(target, x));
    return reduction === 'batchmean'
      ? mul(sum(losses), 1 / batch!)
      : reduceLosses(losses, reduction);
  });
}

/** t log t, and 0 for 0. */
function targetLogTarget(target: Tensor): Tensor {
  return mul(target, log(where(ne(target, 0), target, 1)));
}
