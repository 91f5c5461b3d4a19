import { ShapeError } from '../errors.ts';
import { formatShape, sameShape } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { square, sub } from './arithmetic.ts';
import type { Reduction } from './cross-entropy.ts';
import { mean, sum } from './reduce.ts';

function reduced(losses: Tensor, reduction: Reduction): Tensor {
  if (reduction === 'none') return losses;
  return reduction === 'sum' ? sum(losses) : mean(losses);
}

export interface LossOptions {
  /** Default 'mean'. */
  readonly reduction?: Reduction;
}

/** Squared error of a prediction and a target of one shape. @throws ShapeError where shapes differ. */
export function mseLoss(
  x: Tensor,
  target: Tensor,
  { reduction = 'mean' }: LossOptions = {},
): Tensor {
  if (!sameShape(x.shape, target.shape)) {
    throw new ShapeError(
      `mseLoss: expected a target ${formatShape(x.shape)}, got ${formatShape(target.shape)}`,
    );
  }
  return reduced(square(sub(x, target)), reduction);
}
