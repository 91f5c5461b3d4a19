import type { DType } from './dtype.ts';
import { execute, type ResultMaker } from './execute.ts';
import { free, type Operation } from './operation.ts';
import type { Tensor } from './tensor.ts';

interface FullAttributes {
  readonly shape: readonly number[];
  readonly dtype: DType;
  readonly value: number;
}

const fullOperation: Operation<FullAttributes> = {
  name: 'full',
  infer: (_, { shape, dtype }) => [{ shape, dtype }],
  run: (kernels, _, { value }, out) => [kernels.fill(out[0]!, value)],
  cost: () => free,
  movesOnly: true,
};

/**
 * A tensor filled with `value`, where `maker` makes tensors: where another one lives.
 * @throws DTypeError where the device does not hold `dtype`.
 */
export function filledBy(
  maker: ResultMaker,
  shape: readonly number[],
  value: number,
  dtype: DType,
): Tensor {
  maker.device.requireDType('full', dtype);
  return execute(fullOperation, [], { shape, dtype, value }, [], maker)[0]!;
}

/** `full` where `like` lives, of its type unless told otherwise. */
export function filled(
  like: Tensor,
  shape: readonly number[],
  value: number,
  dtype: DType = like.dtype,
): Tensor {
  return filledBy(like, shape, value, dtype);
}
