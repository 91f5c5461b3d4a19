import { isFloating } from '../dtype.ts';
import { apply } from '../apply.ts';
import type { Operation } from '../operation.ts';
import { requireTensor } from '../require-tensor.ts';
import { scope } from '../scope.ts';
import { normalizeAxis } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { cast } from './layout.ts';
import { flip } from './move.ts';

const cumsumOperation: Operation<{ readonly axis: number }> = {
  name: 'cumsum',
  infer: ([x]) => [{ shape: x!.shape, dtype: x!.dtype }],
  run: (kernels, [x], { axis }, out) => [kernels.cumsum(x!, axis, out[0]!)],
  // Element i counts in every sum from i on: the sums of the gradient from the back.
  gradient: ({ gradients, attributes: { axis } }) => [
    flip(cumsum(flip(gradients[0]!, axis), axis), axis),
  ],
  cost: ([x]) => ({ macs: 0, flops: x!.size }),
};

/**
 * Sums of each element and all before it along `axis`. Integers and bools add up as int32.
 * @throws ShapeError for an axis that does not exist.
 */
export function cumsum(x: Tensor, axis: number): Tensor {
  requireTensor('cumsum', x);
  const along = normalizeAxis('cumsum', axis, x.rank);
  return scope(() => {
    const input = isFloating(x.dtype) ? x : cast(x, 'int32');
    return apply(cumsumOperation, [input], { axis: along })[0]!;
  });
}
