import { DTypeError, ShapeError } from '../errors.ts';
import { apply, free, savesNothing, type Operation } from '../operation.ts';
import { formatShape, normalizeAxis } from '../shape.ts';
import type { Tensor } from '../tensor.ts';

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
};

const scatterAddOperation: Operation<GatherAttributes & { readonly shape: readonly number[] }> = {
  name: 'scatterAdd',
  infer: ([source], { shape }) => [{ shape, dtype: source!.dtype }],
  run: (kernels, [source, index], { axis }, out) => [
    kernels.scatterAdd(source!, axis, index!, out[0]!),
  ],
  saves: () => savesNothing,
  cost: ([source]) => ({ macs: 0, flops: source!.size }),
};

/**
 * Elements of `x` at the positions that the int32 tensor `index` names along `axis`: for axis 0,
 * y[i, j, …] = x[index[i, j, …], j, …]. torch.gather.
 * @throws ShapeError where ranks differ or `index` is larger than `x` on another axis; DTypeError.
 */
export function gather(x: Tensor, axis: number, index: Tensor): Tensor {
  const along = normalizeAxis('gather', axis, x.rank);
  if (index.dtype !== 'int32') {
    throw new DTypeError(`gather: expected an int32 index, got ${index.describe()}`);
  }
  const fits =
    index.rank === x.rank && index.shape.every((extent, i) => i === along || extent <= x.shape[i]!);
  if (!fits) {
    throw new ShapeError(
      `gather: expected an index within ${formatShape(x.shape)} on all axes but ${along}, got ${formatShape(
        index.shape,
      )}`,
    );
  }
  return apply(gatherOperation, [x, index], { axis: along })[0]!;
}
