import { ArgumentError } from '../errors.ts';
import { apply } from '../apply.ts';
import type { Operation } from '../operation.ts';
import { aBoolean } from '../kinds.ts';
import { checkOptions, optionKinds } from '../options.ts';
import { requireTensor } from '../require-tensor.ts';
import { scope } from '../scope.ts';
import { normalizeAxis } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { gather } from './gather.ts';
import { slice } from './move.ts';

interface SortAttributes {
  readonly axis: number;
  readonly descending: boolean;
}

const argsortOperation: Operation<SortAttributes> = {
  name: 'argsort',
  infer: ([x]) => [{ shape: x!.shape, dtype: 'int32' }],
  run: (kernels, [x], { axis, descending }, out) => [
    kernels.argsort(x!, axis, descending, out[0]!),
  ],
  cost: ([x], _, { axis }) => ({
    macs: 0,
    flops: Math.round(x!.size * Math.log2(Math.max(x!.shape[axis]!, 1))),
  }),
};

/** Options of `argsort` and `sort`. */
export interface SortOptions {
  /** Greatest first. Default false. */
  readonly descending?: boolean;
}

const sortOptions = optionKinds<SortOptions>({ descending: aBoolean });

/**
 * Positions along `axis` that sort `x`, as int32. Equal elements keep their order; NaN counts as greatest.
 * @throws ShapeError for an axis that does not exist.
 */
export function argsort(x: Tensor, axis = -1, options: SortOptions = {}): Tensor {
  requireTensor('argsort', x);
  checkOptions('argsort', options, sortOptions);
  const { descending = false } = options;
  return apply(argsortOperation, [x], {
    axis: normalizeAxis('argsort', axis, x.rank),
    descending,
  })[0]!;
}

/**
 * The elements in order along `axis`, and the positions that they came from, as int32. Equal elements
 * keep their order; NaN counts as greatest.
 * @throws ShapeError for an axis that does not exist.
 */
export function sort(
  x: Tensor,
  axis = -1,
  options: SortOptions = {},
): [values: Tensor, indices: Tensor] {
  requireTensor('sort', x);
  checkOptions('sort', options, sortOptions);
  const along = normalizeAxis('sort', axis, x.rank);
  const indices = argsort(x, along, options);
  return [gather(x, along, indices), indices];
}

/** Options of `topk`. */
export interface TopKOptions {
  /** The greatest, or with false the least. Default true. */
  readonly largest?: boolean;
}

const topKOptions = optionKinds<TopKOptions>({ largest: aBoolean });

/**
 * The `k` greatest (or least) elements along `axis`, best first, and their positions, as int32. Of equal
 * elements the first come first; NaN counts as greatest.
 * @throws ShapeError for an axis that does not exist; ArgumentError for k outside 0 … its extent.
 */
export function topk(
  x: Tensor,
  k: number,
  axis = -1,
  options: TopKOptions = {},
): [values: Tensor, indices: Tensor] {
  requireTensor('topk', x);
  checkOptions('topk', options, topKOptions);
  const { largest = true } = options;
  const along = normalizeAxis('topk', axis, x.rank);
  const extent = x.shape[along]!;
  if (!Number.isInteger(k) || k < 0 || k > extent) {
    throw new ArgumentError(
      `topk: expected k from 0 to ${extent}, the elements of axis ${along}, got ${k}`,
    );
  }
  return scope(() => {
    const indices = slice(argsort(x, along, { descending: largest }), along, 0, k);
    return [gather(x, along, indices), indices];
  });
}
