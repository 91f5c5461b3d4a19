import type { Tensor } from '@convnet/tensor-core';

import type { FileTensor } from '../file-tensor.ts';
import { byCount, counted } from '../keras/variables.ts';
import { holdsTheSame } from './in-order.ts';
import { isOptional } from './model.ts';

/** Layers that have an order among themselves. */
type Kind = 'norm' | 'convolution' | 'convolution of channels' | 'dense' | 'other';

/** The tensors of a layer, by what they are to it. */
type LayerOf<T> = ReadonlyMap<string, T>;

/**
 * The names of the model for those of a file of Keras whose layers of each kind stand in the same order, or null where they do
 * not. Newer files of Keras have the order of the layers of each class and no other.
 */
export function namesByKind(
  own: ReadonlyMap<string, Tensor>,
  tensors: ReadonlyMap<string, FileTensor>,
): ReadonlyMap<string, string> | null {
  const required = new Map([...own].filter(([, tensor]) => !isOptional(tensor)));
  const ours = byKind(required);
  const theirs = byKind(tensors);
  const names = new Map<string, string>();
  const kinds = new Set([...ours.keys(), ...theirs.keys()]);
  for (const kind of kinds) {
    const [mine, other] = [ours.get(kind) ?? [], inOrder(theirs.get(kind) ?? [])];
    // A file without its classifier has no layer of that kind.
    if (other.length === 0) continue;
    if (mine.length !== other.length) return null;
    for (const [i, [path, layer]] of mine.entries()) {
      const [from, source] = other[i]!;
      if (layer.size !== source.size) return null;
      for (const [role, target] of layer) {
        const found = source.get(role);
        if (found === undefined || !holdsTheSame(found.shape, target.shape)) return null;
        names.set(`${from}.${role}`, `${path}.${role}`);
      }
    }
  }
  return names;
}

/**
 * Layers that are numbered, as those that nobody named are (`conv2d`, `conv2d_1`), by their numbers: so they were made. Others as
 * they come, which is by their distance from the output where there are branches.
 */
function inOrder<T>(layers: readonly (readonly [path: string, layer: T])[]): typeof layers {
  const stems = new Set(layers.map(([path]) => counted(path)[0]));
  return stems.size === 1 ? [...layers].sort(([a], [b]) => byCount(a, b)) : layers;
}

function byKind<T extends { readonly shape: readonly number[] }>(
  tensors: ReadonlyMap<string, T>,
): Map<Kind, [path: string, layer: LayerOf<T>][]> {
  const layers = new Map<string, Map<string, T>>();
  for (const [key, tensor] of tensors) {
    const dot = key.lastIndexOf('.');
    const path = key.slice(0, Math.max(dot, 0));
    const layer = layers.get(path) ?? new Map<string, T>();
    layers.set(path, layer.set(key.slice(dot + 1), tensor));
  }
  const kinds = new Map<Kind, [string, LayerOf<T>][]>();
  for (const [path, layer] of layers) {
    const kind = kindOf(layer);
    kinds.set(kind, [...(kinds.get(kind) ?? []), [path, layer]]);
  }
  return kinds;
}

function kindOf(layer: LayerOf<{ readonly shape: readonly number[] }>): Kind {
  if (layer.has('running_mean')) return 'norm';
  const shape = layer.get('weight')?.shape;
  if (shape === undefined) return 'other';
  if (shape.length === 2) return 'dense';
  if (shape.length < 2) return 'other';
  return shape[1] === 1 && shape[0]! > 1 ? 'convolution of channels' : 'convolution';
}
