import { aShape, requireKind } from '../kinds.ts';
import { ShapeError } from '../errors.ts';
import { requireTensor } from '../require-tensor.ts';
import { scope } from '../scope.ts';
import { formatShape } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { expand } from './broadcast.ts';
import { reshape } from './layout.ts';

/**
 * `x` laid out `counts[i]` times along axis i; more counts than axes add leading axes. torch.Tensor.repeat.
 * @throws ShapeError for fewer counts than axes, ArgumentError for counts that are not integers ≥ 0.
 */
export function repeat(x: Tensor, counts: readonly number[]): Tensor {
  requireTensor('repeat', x);
  requireCounts('repeat', counts);
  if (counts.length < x.rank) {
    throw new ShapeError(
      `repeat: expected at least ${x.rank} counts for a tensor ${formatShape(x.shape)}, got ` +
        formatShape(counts),
    );
  }
  return tiled(x, counts);
}

/** `repeat` that takes fewer counts too: they are those of the last axes. torch.tile. */
export function tile(x: Tensor, counts: readonly number[]): Tensor {
  requireTensor('tile', x);
  requireCounts('tile', counts);
  const lead = Math.max(0, x.rank - counts.length);
  return tiled(x, [...Array.from({ length: lead }, () => 1), ...counts]);
}

function requireCounts(op: string, counts: readonly number[]): void {
  requireKind(op, 'counts', counts, aShape);
}

function tiled(x: Tensor, counts: readonly number[]): Tensor {
  const lead = counts.length - x.rank;
  const extents = counts.map((_, axis) => (axis < lead ? 1 : x.shape[axis - lead]!));
  return scope(() => {
    // Each axis becomes a pair: the copies, then the elements of one copy.
    const paired = reshape(
      x,
      extents.flatMap((extent) => [1, extent]),
    );
    const copied = expand(
      paired,
      extents.flatMap((extent, axis) => [counts[axis]!, extent]),
    );
    return reshape(
      copied,
      extents.map((extent, axis) => extent * counts[axis]!),
    );
  });
}
