import type { Tensor } from '../tensor.ts';
import { max, mean } from './reduce.ts';
import { requireFloating } from './require.ts';
import { spatialRank } from './spatial.ts';

/** The spatial axes of x [N, C, …]. */
function spatialAxes(op: string, x: Tensor): number[] {
  requireFloating(op, x);
  return Array.from({ length: spatialRank(op, x) }, (_, i) => i + 2);
}

/** Mean over all positions: [N, C, …] -> [N, C]. @throws ShapeError below rank 3, DTypeError. */
export function globalAvgPool(x: Tensor): Tensor {
  return mean(x, spatialAxes('globalAvgPool', x));
}

/** Greatest over all positions: [N, C, …] -> [N, C]. @throws ShapeError below rank 3, DTypeError. */
export function globalMaxPool(x: Tensor): Tensor {
  return max(x, spatialAxes('globalMaxPool', x));
}
