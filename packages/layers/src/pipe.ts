import { discard, type Bounds, type Tensor } from '@convnet/tensor-core';

import { ReLU, ReLU6 } from './activation.ts';
import { BatchNorm } from './batch-norm.ts';
import { Hardtanh } from './parametric-activation.ts';
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
    const before = y;
    const bounds = boundsBehind(layer, layers[i + 1] ?? null);
    if (bounds !== null) {
      y = (layer as BatchNorm).forward(before, bounds);
      i++;
    } else {
      y = layer.forward(before);
    }
    if (before !== y && before !== x) discard(before);
  }
  return y;
}

/** The bounds of an activation that the batch norm in front of it can keep to; null for other layers. */
function boundsBehind(layer: Layer, next: Layer | null): Bounds | null {
  if (next === null || !computes(layer, BatchNorm) || !layer.training) return null;
  if (layer.isWatched || next.isWatched) return null;
  if (computes(next, ReLU)) return { low: 0, high: Infinity };
  if (computes(next, ReLU6)) return { low: 0, high: 6 };
  if (computes(next, Hardtanh)) {
    const { min, max } = next as Hardtanh;
    return { low: min, high: max };
  }
  return null;
}

/** Whether a layer computes what `type` does: a subclass may not. */
function computes(layer: Layer, type: new (...options: never[]) => Layer): boolean {
  return layer instanceof type && Object.getPrototypeOf(layer).forward === type.prototype.forward;
}
