import { ShapeError } from '../errors.ts';
import { apply } from '../apply.ts';
import type { Operation } from '../operation.ts';
import { requireTensor } from '../require-tensor.ts';
import { scope } from '../scope.ts';
import { formatShape, requireNumbers, sameShape } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { reshape } from './layout.ts';
import { moveOperation, straight } from './move-operation.ts';

const expandOperation = moveOperation<{ readonly shape: readonly number[] }>('expand', {
  shape: (_, { shape }) => shape,
  box: (x, _, __, { shape }) =>
    straight(shape, { axis: x.shape.map((extent, axis) => (extent === shape[axis] ? axis : -1)) }),
  gradient: (g, inputShapes) => [sumTo(g, inputShapes[0]!)],
});

/**
 * Repeats axes of extent 1, and new leading axes, to `shape`; -1 keeps an extent.
 * @throws ShapeError where another extent would have to change.
 */
export function expand(x: Tensor, shape: readonly number[]): Tensor {
  requireTensor('expand', x);
  requireNumbers('expand', 'shape', shape);
  const lead = shape.length - x.rank;
  const full = shape.map((extent, axis) => (extent === -1 ? (x.shape[axis - lead] ?? -1) : extent));
  const fits = full.every(
    (extent, axis) =>
      Number.isSafeInteger(extent) &&
      extent >= 0 &&
      (axis < lead || x.shape[axis - lead] === 1 || x.shape[axis - lead] === extent),
  );
  if (lead < 0 || !fits) {
    throw new ShapeError(
      `expand: ${formatShape(x.shape)} does not expand to ${formatShape(shape)}`,
    );
  }
  return scope(() => {
    const aligned = reshape(x, [...Array.from({ length: lead }, () => 1), ...x.shape]);
    if (sameShape(aligned.shape, full)) return aligned;
    return apply(expandOperation, [aligned], { shape: full })[0]!;
  });
}

/** Sum over ascending axes, which are removed: the adjoint of `expand`. */
export const sumOperation: Operation<{ readonly axes: readonly number[] }> = {
  name: 'sum',
  infer: ([x], { axes }) => [
    { shape: x!.shape.filter((_, axis) => !axes.includes(axis)), dtype: x!.dtype },
  ],
  run: (kernels, [x], { axes }, out) => [kernels.reduce('sum', x!, axes, out[0]!)],
  gradient: ({ gradients, inputShapes, attributes: { axes } }) => {
    const shape = inputShapes[0]!;
    const kept = shape.map((extent, axis) => (axes.includes(axis) ? 1 : extent));
    return [expand(reshape(gradients[0]!, kept), shape)];
  },
  cost: ([x]) => ({ macs: 0, flops: x!.size }),
};

/** Undoes broadcasting: sums over the axes that were repeated. */
export function sumTo(gradient: Tensor, shape: readonly number[]): Tensor {
  if (sameShape(gradient.shape, shape)) return gradient;
  const lead = gradient.rank - shape.length;
  const axes: number[] = [];
  for (let axis = 0; axis < gradient.rank; axis++) {
    if (axis < lead || (shape[axis - lead] === 1 && gradient.shape[axis] !== 1)) axes.push(axis);
  }
  return scope(() => reshape(apply(sumOperation, [gradient], { axes })[0]!, shape));
}
