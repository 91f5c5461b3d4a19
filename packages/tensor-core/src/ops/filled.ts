import type { DType } from '../dtype.ts';
import { apply, free, savesNothing, type Operation } from '../operation.ts';
import type { Tensor } from '../tensor.ts';

interface FillAttributes {
  readonly shape: readonly number[];
  readonly dtype: DType;
  readonly value: number;
}

const fillOperation: Operation<FillAttributes> = {
  name: 'fill',
  infer: (_, { shape, dtype }) => [{ shape, dtype }],
  run: (kernels, _, { value }, out) => [kernels.fill(out[0]!, value)],
  saves: () => savesNothing,
  cost: () => free,
  movesOnly: true,
};

/**
 * `full` where `like` lives. Inside operations it takes the place of `full`: it is an operation itself, so
 * that a traced graph makes the constant anew instead of missing it.
 * @throws DTypeError where the device does not hold `dtype`.
 */
export function filled(
  like: Tensor,
  shape: readonly number[],
  value: number,
  dtype: DType = like.dtype,
): Tensor {
  like.device.requireDType('fill', dtype);
  return apply(fillOperation, [like], { shape, dtype, value })[0]!;
}
