import type { Initializer } from './init.ts';
import type { AnyModule } from './module.ts';
import { StateTensor } from './parameter.ts';

/** Rules for the first values of one layer; a tensor without a rule keeps its own. */
export interface WeightRules {
  readonly weight?: Initializer;
  readonly bias?: Initializer;
}

/**
 * Draws the weights of a network anew, by the rules that `rulesOf` gives for each of its layers. On the
 * meta device the rules are kept for `to(device)`.
 *
 * ```ts
 * initWeights(network, (layer) => (layer instanceof Linear ? { weight: normal(0, 0.01) } : {}));
 * ```
 */
export function initWeights(network: AnyModule, rulesOf: (layer: AnyModule) => WeightRules): void {
  for (const [, layer] of network.namedModules()) {
    for (const [name, rule] of Object.entries(rulesOf(layer)) as [string, Initializer][]) {
      const target: unknown = Reflect.get(layer, name);
      if (!(target instanceof StateTensor)) continue;
      target.initializer = rule;
      if (!target.device.isMeta) target.initialize();
    }
  }
}
