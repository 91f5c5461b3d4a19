import { ShapeError } from '../errors.ts';
import { spliced } from '../lists.ts';
import { requireTensor } from '../require-tensor.ts';
import { normalizeAxis } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { expand } from './broadcast.ts';
import { gather } from './gather.ts';
import { indexScope } from './index-errors.ts';
import { reshape } from './layout.ts';
import { requireIndex } from './require.ts';

/**
 * The slices of `x` along `axis` at the positions of the int32 tensor `index` [K], in its order.
 * torch.index_select.
 * @throws ShapeError, DTypeError; IndexRangeError as `gather`.
 */
export function indexSelect(x: Tensor, axis: number, index: Tensor): Tensor {
  requireTensor('indexSelect', x);
  const along = normalizeAxis('indexSelect', axis, x.rank);
  requireIndex('indexSelect', index);
  if (index.rank !== 1) {
    throw new ShapeError(`indexSelect: expected an index of rank 1, got ${index.describe()}`);
  }
  return indexScope('indexSelect', () => {
    const line = reshape(
      index,
      x.shape.map((_, i) => (i === along ? index.size : 1)),
    );
    return gather(x, along, expand(line, spliced(x.shape, along, 1, index.size)));
  });
}
