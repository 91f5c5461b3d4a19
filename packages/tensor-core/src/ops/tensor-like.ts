import { isFloating } from '../dtype.ts';
import { requireTensor } from '../require-tensor.ts';
import type { Tensor } from '../tensor.ts';
import { filled } from '../filled.ts';
import type { ApplyRow } from './pointwise-row.ts';

/** A tensor, or a number that stands for a tensor filled with it. */
export type TensorLike = Tensor | number;

/** A number as a tensor that broadcasts against `like`; fractions make integers float32. */
export function toTensor(value: TensorLike, like: Tensor): Tensor {
  if (typeof value !== 'number') return value;
  const dtype = isFloating(like.dtype) ? like.dtype : Number.isInteger(value) ? 'int32' : 'float32';
  return filled(like, [], value, dtype);
}

/** Applies rows of two inputs, of which the second may be a number. */
export function withNumbers(apply: ApplyRow): (name: string, a: Tensor, b: TensorLike) => Tensor {
  return (name, a, b) => {
    requireTensor(name, a);
    const other = toTensor(b, a);
    const y = apply(name, [a, other]);
    if (other !== b) other.dispose();
    return y;
  };
}
