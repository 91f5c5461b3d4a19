import { DTypeError } from './errors.ts';
import type { Tensor } from './tensor.ts';

/**
 * Refuses tensors of float16, which stores numbers but is not computed with.
 * @throws DTypeError naming the operation and the cast that it needs.
 */
export function refuseStorageType(op: string, x: Tensor | null): void {
  if (x?.dtype === 'float16') {
    throw new DTypeError(
      `${op}: float16 stores numbers but is not computed with: cast(x, 'float32') first, got ${x.describe()}`,
    );
  }
}
