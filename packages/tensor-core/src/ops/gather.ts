import { ShapeError } from '../errors.ts';
import { apply } from '../apply.ts';
import { free, type Operation } from '../operation.ts';
import { requireTensor } from '../require-tensor.ts';
import { formatShape, normalizeAxis } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { requireIndex } from './require.ts';

interface GatherAttributes {
  readonly axis: number;
}

const gatherOperation: Operation<GatherAttributes> = {
  name: 'gather',
  infer: ([x, index]) => [{ shape: index!.shape, dtype: x!.dtype }],
  run: (kernels, [x, index], { axis }, out) => [kernels.gather(x!, axis, index!, out[0]!)],
  saves: () => ({ inputs: [1], outputs: [] }),
  gradient: ({ gradients, inputs, inputShapes, attributes }) => [
    apply(scatterAddOperation, [gradients[0]!, inputs[1]!], {
      ...attributes,
      shape: inputShapes[0]!,
    })[0]!,
    null,
  ],
  cost: () => free,
  movesOnly: true,
};

/** Zeros, plus the source added at the positions of an index: the adjoint of gather. */
export const scatterAddOperation: Operation<
  GatherAttributes & { readonly shape: readonly number[] }
> = {
  name: 'scatterAdd',
  infer: ([source], { shape }) => [{ shape, dtype: source!.dtype }],
  run: (kernels, [source, index], { axis }, out) => [
    kernels.scatterAdd(source!, axis, index!, out[0]!),
  ],
  saves: () => ({ inputs: [1], outputs: [] }),
  gradient: ({ gradients, inputs, attributes: { axis } }) => [
    apply(gatherOperation, [gradients[0]!, inputs[1]!], { axis })[0]!,
    null,
  ],
  cost: ([source]) => ({ macs: 0, flops: source!.size }),
};

/** @throws ShapeError where `index` has another rank than `x` or reaches beyond it on another axis. */
export function requireIndexWithin(op: string, x: Tensor, axis: number, index: Tensor): void {
  requireIndex(op, index);
  const fits =
    index.rank === x.rank && index.shape.every((extent, i) => i === axis || extent <= x.shape[i]!);
  if (!fits) {
    throw new ShapeError(
      `${op}: expected an index within ${formatShape(x.shape)} on all axes but ${axis}, got ` +
        formatShape(index.shape),
    );
  }
}

/**
 * Elements of `x` at the positions that the int32 tensor `index` names along `axis`: for axis 0,
 * y[i, j, …] = x[index[i, j, …], j, …]. torch.gather.
 * @throws ShapeError where ranks differ or `index` is larger than `x` on another axis; DTypeError;
 * IndexRangeError for a position outside the axis (on devices that can tell without waiting; elsewhere
 * the element is NaN, or 0 in integers).
 */
export function gather(x: Tensor, axis: number, index: Tensor): Tensor {
  requireTensor('gather', x);
  const along = normalizeAxis('gather', axis, x.rank);
  requireIndexWithin('gather', x, along, index);
  return apply(gatherOperation, [x, index], { axis: along })[0]!;
}
