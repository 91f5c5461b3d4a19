import { apply } from '../apply.ts';
import { elementwiseCost, type Operation } from '../operation.ts';
import { normalizeAxis } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { requireFloating } from './require.ts';

interface SoftmaxAttributes {
  readonly axis: number;
  readonly log: boolean;
}

const softmaxOperation: Operation<SoftmaxAttributes> = {
  name: 'softmax',
  infer: ([x]) => [{ shape: x!.shape, dtype: x!.dtype }],
  run: (kernels, [x], { axis, log }) => [kernels.softmax(x!, axis, log)],
  saves: () => ({ inputs: [], outputs: [0] }),
  gradient: ({ gradients, outputs, attributes }) => [
    apply(softmaxGradOperation, [outputs[0]!, gradients[0]!], attributes)[0]!,
  ],
  cost: (_, outputs) => elementwiseCost(outputs, 5),
};

const softmaxGradOperation: Operation<SoftmaxAttributes> = {
  name: 'softmaxGrad',
  infer: ([y]) => [{ shape: y!.shape, dtype: y!.dtype }],
  run: (kernels, [y, dy], { axis, log }) => [kernels.softmaxGrad(y!, dy!, axis, log)],
  cost: (_, outputs) => elementwiseCost(outputs, 4),
};

function applySoftmax(op: string, x: Tensor, axis: number, log: boolean): Tensor {
  requireFloating(op, x);
  return apply(softmaxOperation, [x], { axis: normalizeAxis(op, axis, x.rank), log })[0]!;
}

/** exp(x) over its sum along `axis`. @throws DTypeError for integers. */
export function softmax(x: Tensor, axis: number): Tensor {
  return applySoftmax('softmax', x, axis, false);
}

/** Logarithm of softmax, without its loss of precision. @throws DTypeError for integers. */
export function logSoftmax(x: Tensor, axis: number): Tensor {
  return applySoftmax('logSoftmax', x, axis, true);
}
