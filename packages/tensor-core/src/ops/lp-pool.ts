import { noGrad } from '../autograd.ts';
import { ArgumentError } from '../errors.ts';
import { aBoolean, integersFrom } from '../kinds.ts';
import { checkOptions, optionKinds } from '../options.ts';
import { scope } from '../scope.ts';
import { elementCount } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { relu } from './activations.ts';
import { abs, mul, sign } from './arithmetic.ts';
import { pow } from './elementary.ts';
import { avgPool, type PoolOptions } from './pool.ts';
import { perAxis, spatialRank, type PerAxis } from './spatial.ts';

const lpPoolOptions = optionKinds<Omit<PoolOptions, 'padding'>>({
  stride: integersFrom(1),
  ceilMode: aBoolean,
});

/**
 * (Σ x^p)^(1/p) over each window, with the sign of the sum. x [N, C, …] -> [N, C, …]. Windows that ceil
 * mode cuts off count as if they were whole: their mean is multiplied by the kernel's size.
 * torch.nn.functional.lp_pool1d, 2d.
 * @throws ShapeError, InputTooSmallError where a window is larger than the input, DTypeError, ArgumentError.
 */
export function lpPool(
  x: Tensor,
  normType: number,
  kernelSize: PerAxis,
  options: Omit<PoolOptions, 'padding'> = {},
): Tensor {
  checkOptions('lpPool', options, lpPoolOptions);
  const op = 'lpPool';
  if (!Number.isFinite(normType) || normType <= 0) {
    throw new ArgumentError(`${op}: expected a finite normType above 0, got ${normType}`);
  }
  const kernel = perAxis(op, 'kernelSize', kernelSize, spatialRank(op, x));
  return scope(() => {
    const means = avgPool(pow(x, normType), kernel, options);
    const magnitude = mul(
      noGrad(() => sign(means)),
      relu(abs(means)),
    );
    return pow(mul(magnitude, elementCount(kernel)), 1 / normType);
  });
}
