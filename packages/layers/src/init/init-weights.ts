import {
  ConvnetError,
  aDevice,
  aFunction,
  anObject,
  meta,
  requireKind,
  zeros,
  type Device,
} from '@convnet/tensor-core';

import type { Initializer } from './init.ts';
import type { AnyModule } from '../module/module.ts';
import { requireModule } from '../module/require-module.ts';
import type { StateTensor } from '../module/parameter.ts';

/** Rules for the first values of one layer; a tensor without a rule keeps its own. */
export interface WeightRules {
  readonly weight?: Initializer;
  readonly bias?: Initializer;
}

/** Each layer's own rules. */
export const ownRules = (): WeightRules => ({});

/**
 * Gives the weights of a network their first values, by the rules that `rulesOf` gives for each of its layers and the
 * layers' own for the rest, one after the other in the order of the state dict.
 *
 * With `device`, what is on the meta device is made there, each number drawn once; it is how a builder ends. All of it
 * is, or none and an error. What has values already is drawn anew where there is a rule for it, and stays where it is.
 * Of that one may have been drawn when another fails, as two sets of weights may not fit; the error says which it
 * came to. On the meta device the rules are kept for `to(device)`.
 *
 * ```ts
 * initWeights(network, (layer) => (layer instanceof Linear ? { weight: normal(0, 0.01) } : {}));
 * ```
 */
export function initWeights(
  network: AnyModule,
  rulesOf: (layer: AnyModule) => WeightRules = ownRules,
  device: Device = meta,
): void {
  requireModule('initWeights', network);
  requireKind('initWeights', 'rulesOf', rulesOf, aFunction);
  requireKind('initWeights', 'device', device, aDevice);
  const rules = new Map<unknown, Initializer>();
  for (const [, layer] of network.namedModules()) {
    const own = rulesOf(layer);
    requireKind('initWeights', 'the rules of a layer', own, anObject);
    for (const [name, rule] of Object.entries(own) as [string, Initializer][]) {
      rules.set(Reflect.get(layer, name), rule);
    }
  }
  const made: StateTensor[] = [];
  const seen = new Set<StateTensor>();
  for (const [path, target] of network.stateDict()) {
    if (seen.has(target)) continue;
    seen.add(target);
    const isNew = target.device.isMeta;
    const before = target.initializer;
    const rule = rules.get(target);
    if (rule !== undefined) target.initializer = rule;
    const on = isNew ? device : target.device;
    if (on.isMeta || (!isNew && rule === undefined)) continue;
    try {
      target.initialize(on);
    } catch (error) {
      target.initializer = before;
      for (const other of made) {
        other.replaceWith(zeros(other.shape, { device: meta, dtype: other.dtype }));
      }
      if (error instanceof ConvnetError) {
        error.message = isNew
          ? `initWeights: ${path} could not be made on ${device.name}: ${error.message}`
          : `initWeights: ${path} and what follows it keep their values: ${error.message}`;
      }
      throw error;
    }
    if (isNew) made.push(target);
  }
}
