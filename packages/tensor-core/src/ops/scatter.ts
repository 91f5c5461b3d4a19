import { requireElements } from '../elements.ts';
import { ShapeError } from '../errors.ts';
import { apply } from '../apply.ts';
import { free, type Operation } from '../operation.ts';
import { requireTensor } from '../require-tensor.ts';
import { scope } from '../scope.ts';
import { formatShape, normalizeAxis, sameShape } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { add } from './arithmetic.ts';
import { filled } from '../filled.ts';
import { gather, requireIndexWithin, scatterAddOperation } from './gather.ts';
import { slice } from './move.ts';
import { requireSameDType } from './require.ts';

const scatterOperation: Operation<{ readonly axis: number }> = {
  name: 'scatter',
  infer: ([x]) => [{ shape: x!.shape, dtype: x!.dtype }],
  run: (kernels, [x, index, source], { axis }, out) => [
    kernels.scatter(x!, axis, index!, source!, out[0]!),
  ],
  saves: () => ({ inputs: [1], outputs: [] }),
  gradient({ gradients, inputs, needs, attributes: { axis } }) {
    const g = gradients[0]!;
    const index = inputs[1]!;
    return [
      needs[0] ? scatter(g, axis, index, 0) : null,
      null,
      needs[2] ? gather(g, axis, index) : null,
    ];
  },
  cost: () => free,
  movesOnly: true,
};

/** The part of `source` that `index` covers. @throws ShapeError where it does not reach so far. */
function covered(op: string, source: Tensor, index: Tensor): Tensor {
  const fits =
    source.rank === index.rank &&
    index.shape.every((extent, axis) => extent <= source.shape[axis]!);
  if (!fits) {
    throw new ShapeError(
      `${op}: expected a source of at least the index's shape ${formatShape(index.shape)}, got ` +
        formatShape(source.shape),
    );
  }
  if (sameShape(source.shape, index.shape)) return source;
  return index.shape.reduce((part, extent, axis) => slice(part, axis, 0, extent), source);
}

/**
 * A copy of `x` with `source` (a tensor, or one number) written to the positions that the int32 tensor
 * `index` names along `axis`: for axis 0, y[index[i, j, …], j, …] = source[i, j, …]. Where positions
 * repeat, the last stays; the gradient is right only where they do not, as torch.scatter.
 * @throws ShapeError, DTypeError; IndexRangeError for a position outside the axis (on devices that can
 * tell without waiting; elsewhere nothing is written).
 */
export function scatter(x: Tensor, axis: number, index: Tensor, source: Tensor | number): Tensor {
  requireTensor('scatter', x);
  if (typeof source !== 'number') requireTensor('scatter', source);
  const along = normalizeAxis('scatter', axis, x.rank);
  requireIndexWithin('scatter', x, along, index);
  if (typeof source === 'number') requireElements('scatter', [source], x.dtype);
  return scope(() => {
    const written =
      typeof source === 'number'
        ? filled(x, index.shape, source)
        : covered('scatter', source, index);
    requireSameDType('scatter', 'a source', x, written);
    return apply(scatterOperation, [x, index, written], { axis: along })[0]!;
  });
}

/**
 * `x` plus the elements of `source` at the positions that the int32 tensor `index` names along `axis`.
 * torch.scatter_add.
 * @throws ShapeError, DTypeError; IndexRangeError as `scatter`.
 */
export function scatterAdd(x: Tensor, axis: number, index: Tensor, source: Tensor): Tensor {
  requireTensor('scatterAdd', x);
  requireTensor('scatterAdd', source);
  const along = normalizeAxis('scatterAdd', axis, x.rank);
  requireIndexWithin('scatterAdd', x, along, index);
  requireSameDType('scatterAdd', 'a source', x, source);
  return scope(() => {
    const part = covered('scatterAdd', source, index);
    return add(x, apply(scatterAddOperation, [part, index], { axis: along, shape: x.shape })[0]!);
  });
}
