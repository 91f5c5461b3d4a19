import { discard, type Tensor } from '@convnet/tensor-core';

import type { BatchNorm } from './batch-norm.ts';
import { requireModule } from './require-module.ts';
import type { Layer } from './sequential.ts';

/**
 * Applies layers one after the other; null stands for no layer. What one hands to the next is given back as
 * soon as it is used. In training a batch norm and the ReLU, ReLU6 or Hardtanh behind it are one pass over
 * memory, forward and backward, unless a hook looks at either.
 */
export function pipe(x: Tensor, ...layers: readonly (Layer | null)[]): Tensor {
  let y = x;
  for (let i = 0; i < layers.length; i++) {
    const layer = layers[i] ?? null;
    if (layer === null) continue;
    requireModule('pipe', layer, 'a layer');
    const before = y;
    const bounds = layer.keepsBounds ? (layers[i + 1]?.activationBounds ?? null) : null;
    if (bounds === null) {
      y = layer.forward(before);
    } else {
      y = (layer as BatchNorm).forward(before, bounds);
      i++;
    }
    if (before !== y && before !== x) discard(before);
  }
  return y;
}
