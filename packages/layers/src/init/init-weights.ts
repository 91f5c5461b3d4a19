import { requireModule } from '../module/require-module.ts';
import { ConvnetError, aFunction, anObject, requireKind } from '@convnet/tensor-core';

import type { Initializer } from './init.ts';
import type { AnyModule } from '../module/module.ts';
import { StateTensor } from '../module/parameter.ts';

/** Rules for the first values of one layer; a tensor without a rule keeps its own. */
export interface WeightRules {
  readonly weight?: Initializer;
  readonly bias?: Initializer;
}

/**
 * Draws the weights of a network anew, by the rules that `rulesOf` gives for each of its layers. On the
 * meta device the rules are kept for `to(device)`. Elsewhere one is drawn after the other, as two sets of weights
 * may not fit; an error says which layer it came to.
 *
 * ```ts
 * initWeights(network, (layer) => (layer instanceof Linear ? { weight: normal(0, 0.01) } : {}));
 * ```
 */
export function initWeights(network: AnyModule, rulesOf: (layer: AnyModule) => WeightRules): void {
  requireModule('initWeights', network);
  requireKind('initWeights', 'rulesOf', rulesOf, aFunction);
  for (const [path, layer] of network.namedModules()) {
    const rules = rulesOf(layer);
    requireKind('initWeights', 'the rules of a layer', rules, anObject);
    for (const [name, rule] of Object.entries(rules) as [string, Initializer][]) {
      const target: unknown = Reflect.get(layer, name);
      if (!(target instanceof StateTensor)) continue;
      draw(target, rule, path === '' ? name : `${path}.${name}`);
    }
  }
}

function draw(target: StateTensor, rule: Initializer, path: string): void {
  const before = target.initializer;
  target.initializer = rule;
  if (target.device.isMeta) return;
  try {
    target.initialize();
  } catch (error) {
    target.initializer = before;
    if (error instanceof ConvnetError) {
      error.message = `initWeights: ${path} and what follows it keep their values: ${error.message}`;
    }
    throw error;
  }
}
