import { elementCount, type Tensor } from '@convnet/tensor-core';

import type { FileTensor } from '../file-tensor.ts';
import { isOptional } from './model.ts';

/** The last part of a name: what a tensor is to its layer. */
function role(key: string): string {
  return key.slice(key.lastIndexOf('.') + 1);
}

/**
 * The names of the model for those of a file that has the same tensors in the same order under other names, or null where
 * it does not. Files without `num_batches_tracked` do too.
 */
export function namesInOrder(
  own: ReadonlyMap<string, Tensor>,
  tensors: ReadonlyMap<string, FileTensor>,
): ReadonlyMap<string, string> | null {
  const names = new Map<string, string>();
  const theirs = [...tensors];
  let at = 0;
  for (const [key, target] of own) {
    const [name, source] = theirs[at] ?? [];
    if (name === undefined || source === undefined || role(name) !== role(key)) {
      if (isOptional(target)) continue;
      return null;
    }
    if (!holdsTheSame(source.shape, target.shape)) return null;
    names.set(name, key);
    at++;
  }
  return at === theirs.length ? names : null;
}

/**
 * Whether elements in row-major order mean the same: a fully connected layer is a convolution over all positions, whose
 * weight has the axes of its inputs apart.
 */
export function holdsTheSame(a: readonly number[], b: readonly number[]): boolean {
  return (a[0] ?? 1) === (b[0] ?? 1) && elementCount(a) === elementCount(b) && !areSwapped(a, b);
}

/** Whether both have axes behind the first that differ: then one is no flattened form of the other. */
function areSwapped(a: readonly number[], b: readonly number[]): boolean {
  const rest = (shape: readonly number[]): number[] =>
    shape.slice(1).filter((extent) => extent !== 1);
  const [first, second] = [rest(a), rest(b)];
  return first.length > 1 && second.length > 1 && first.join() !== second.join();
}
