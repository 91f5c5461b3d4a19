import {
  ArgumentError,
  Tensor,
  aString,
  adopt,
  keep,
  listOf,
  requireKind,
} from '@convnet/tensor-core';

import type { AnyModule } from '../module/module.ts';
import { requireModule } from '../module/require-module.ts';
import type { Layer } from '../module/module.ts';

/**
 * A function that runs a network and gives the outputs of the modules at some paths, by path:
 *
 *     const { layer2, layer4 } = features(model, ['layer2', 'layer4'])(x);
 *
 * Gradients flow through them. The network's own output is the feature ''.
 * @throws ArgumentError for a path without a module; when run, for a module that was not reached or does not
 * give a tensor.
 */
export function features<Path extends string>(
  model: Layer,
  paths: readonly Path[],
): (x: Tensor) => Record<Path, Tensor> {
  requireModule('features', model);
  requireKind('features', 'paths', paths, listOf(aString));
  const wanted = paths.map((path): [Path, AnyModule] => [path, model.getModule(path)]);
  return (x) => {
    const found = new Map<Path, Tensor>();
    const removals = wanted.map(([path, module]) =>
      module.onForward((_, __, output) => {
        if (!(output instanceof Tensor)) {
          throw new ArgumentError(`features: '${path}' does not give a tensor`);
        }
        found.set(path, keep(output));
      }),
    );
    try {
      model.forward(x);
      const missing = paths.filter((path) => !found.has(path));
      if (missing.length > 0) {
        throw new ArgumentError(
          `features: the forward pass does not reach '${missing.join("', '")}'`,
        );
      }
    } catch (error) {
      for (const output of found.values()) if (output !== x) output.dispose();
      throw error;
    } finally {
      for (const remove of removals) remove();
    }
    return adopt(Object.fromEntries(found)) as Record<Path, Tensor>;
  };
}
