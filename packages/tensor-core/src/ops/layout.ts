import { aDType, requireKind } from '../kinds.ts';
import type { DType } from '../dtype.ts';
import { ShapeError } from '../errors.ts';
import { apply } from '../apply.ts';
import { free, type Operation } from '../operation.ts';
import { spliced } from '../lists.ts';
import { requireTensor } from '../require-tensor.ts';
import { elementCount, formatShape, normalizeAxis, requireNumbers, sameShape } from '../shape.ts';
import type { Tensor } from '../tensor.ts';

const reshapeOperation: Operation<{ readonly shape: readonly number[] }> = {
  name: 'reshape',
  infer: ([x], { shape }) => [{ shape, dtype: x!.dtype }],
  run: (kernels, [x], _, out) => [kernels.reshape(x!, out[0]!)],
  gradient: ({ gradients, inputShapes }) => [reshape(gradients[0]!, inputShapes[0]!)],
  cost: () => free,
  aliases: true,
  movesOnly: true,
};

/**
 * The same elements in row-major order under another shape; one extent may be -1. Shares memory with
 * `x` where the device can.
 * @throws ShapeError where the number of elements differs.
 */
export function reshape(x: Tensor, shape: readonly number[]): Tensor {
  requireTensor('reshape', x);
  if (!Array.isArray(shape)) requireNumbers('reshape', 'a shape', shape);
  if (sameShape(shape, x.shape)) return x;
  const known = shape.reduce((product, extent) => (extent === -1 ? product : product * extent), 1);
  const size = x.size;
  const full = shape.map((extent) => (extent === -1 ? size / known : extent));
  const holes = shape.filter((extent) => extent === -1).length;
  if (
    holes > 1 ||
    !full.every((e) => Number.isInteger(e) && e >= 0) ||
    elementCount(full) !== size
  ) {
    throw new ShapeError(
      `reshape: ${formatShape(shape)} does not hold the ${size} elements of ${formatShape(x.shape)}`,
    );
  }
  if (sameShape(full, x.shape)) return x;
  return apply(reshapeOperation, [x], { shape: full })[0]!;
}

/** Joins the axes from `start` to `end` (both included) into one, as torch.flatten. */
export function flatten(x: Tensor, start = 0, end = -1): Tensor {
  requireTensor('flatten', x);
  if (x.rank === 0) return reshape(x, [1]);
  const first = normalizeAxis('flatten', start, x.rank);
  const last = normalizeAxis('flatten', end, x.rank);
  if (first > last) {
    throw new ShapeError(`flatten: expected start before end, got ${start} and ${end}`);
  }
  const joined = elementCount(x.shape.slice(first, last + 1));
  return reshape(x, [...x.shape.slice(0, first), joined, ...x.shape.slice(last + 1)]);
}

/** Removes `axis` of extent 1 (or all such axes). */
export function squeeze(x: Tensor, axis?: number): Tensor {
  requireTensor('squeeze', x);
  if (axis === undefined) {
    return reshape(
      x,
      x.shape.filter((extent) => extent !== 1),
    );
  }
  const at = normalizeAxis('squeeze', axis, x.rank);
  return x.shape[at] === 1 ? reshape(x, spliced(x.shape, at, 1)) : x;
}

/** Inserts an axis of extent 1 at `axis`. */
export function unsqueeze(x: Tensor, axis: number): Tensor {
  requireTensor('unsqueeze', x);
  return reshape(x, spliced(x.shape, normalizeAxis('unsqueeze', axis, x.rank + 1), 0, 1));
}

const castOperation: Operation<{ readonly dtype: DType; readonly from: DType }> = {
  name: 'cast',
  infer: ([x], { dtype }) => [{ shape: x!.shape, dtype }],
  run: (kernels, [x], _, out) => [kernels.cast(x!, out[0]!)],
  // Gradients are sums, so that of a float16 tensor stays float32 until it reaches what was computed with.
  gradient: ({ gradients, attributes: { from } }) => [
    from === 'float16' ? gradients[0]! : cast(gradients[0]!, from),
  ],
  cost: () => free,
  movesOnly: true,
};

/**
 * Elements converted to `dtype`: towards zero to integers, to 0 or 1 for bool, to the nearest float16 (halves to
 * even, beyond 65,520 infinite). Numbers beyond an integer type wrap around, and NaN and infinities become 0: in
 * PyTorch both are undefined.
 */
export function cast(x: Tensor, dtype: DType): Tensor {
  requireTensor('cast', x);
  if (x.dtype === dtype) return x;
  requireKind('cast', 'dtype', dtype, aDType);
  x.device.requireDType('cast', dtype);
  return apply(castOperation, [x], { dtype, from: x.dtype })[0]!;
}
