import { ArgumentError, discard, formatValue, type Tensor } from '@convnet/tensor-core';

import type { Layer } from '../module/module.ts';

/**
 * Applies layers one after the other; null stands for no layer. What one hands to the next is given back as soon as it
 * is used. What can be computed in one pass is found in the graph of a captured step, see `capture`.
 */
export function pipe(x: Tensor, ...layers: readonly (Layer | null)[]): Tensor {
  let y = x;
  for (const layer of layers) {
    if (layer === null) continue;
    if (typeof layer?.forward !== 'function') {
      throw new ArgumentError(
        `pipe: expected each layer as a Module or null, got ${formatValue(layer)}`,
      );
    }
    const before = y;
    y = layer.forward(before);
    if (before !== y && before !== x) discard(before);
  }
  return y;
}
