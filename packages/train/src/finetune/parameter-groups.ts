import { headPaths, type AnyModule, type Parameter } from '@convnet/layers';
import {
  ArgumentError,
  checkOptions,
  numberFrom,
  requireKind,
  anObject,
  formatValue,
} from '@convnet/tensor-core';

import { requireModel } from '../require.ts';

/** Parameters with a rate of their own, as optimisers take them. */
export interface RatedGroup {
  readonly parameters: Parameter[];
  readonly learningRate: number;
}

/**
 * Groups of a model's parameters with learning rates by path; '' is all that no other path leads to, and without it
 * those are in no group. Of several paths to a parameter the longest counts.
 *
 *     new AdamW(parameterGroups(model, { '': 1e-5, layer4: 1e-4, fc: 1e-3 }));
 *
 * @throws ArgumentError for a path without parameters, and for rates that are none.
 */
export function parameterGroups(
  model: AnyModule,
  rates: Readonly<Record<string, number>>,
): RatedGroup[] {
  const where = 'parameterGroups';
  requireModel(where, model);
  const given: unknown = rates;
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    throw new ArgumentError(`${where}: expected learning rates by path, got ${formatValue(given)}`);
  }
  const paths = Object.keys(rates);
  const groups = new Map(paths.map((path) => [path, [] as Parameter[]]));
  for (const [name, parameter] of model.namedParameters()) {
    const matching = paths.filter((path) => isWithin(name, path));
    matching.sort((a, b) => b.length - a.length);
    const [longest] = matching;
    if (longest !== undefined) groups.get(longest)!.push(parameter);
  }
  return Array.from(groups, ([path, parameters]): RatedGroup => {
    const learningRate = rates[path]!;
    if (!(typeof learningRate === 'number' && learningRate >= 0 && learningRate < Infinity)) {
      throw new ArgumentError(
        `${where}: expected the rate of '${path}' as a number ≥ 0, got ${formatValue(learningRate)}`,
      );
    }
    if (path !== '') requireParameters(where, model, path);
    return { parameters, learningRate };
  }).filter(({ parameters }) => parameters.length > 0);
}

const aRate = numberFrom(0, Infinity);
const fineTuneRates = { backbone: aRate, head: aRate };

/**
 * Two groups: the head of a network, which is new, and all before it, which has been trained and moves less.
 *
 *     new SGD(fineTuneGroups(model, { backbone: 1e-3, head: 1e-2 }), { learningRate: 1e-2, momentum: 0.9 });
 *
 * @throws ArgumentError for rates that are none, and a network without a head; see `headPaths` of @convnet/layers.
 */
export function fineTuneGroups(
  model: AnyModule,
  rates: { readonly backbone: number; readonly head: number },
): RatedGroup[] {
  requireModel('fineTuneGroups', model);
  requireKind('fineTuneGroups', 'rates', rates, anObject);
  checkOptions('fineTuneGroups', rates, fineTuneRates, ['backbone', 'head']);
  const { backbone, head } = rates;
  const heads = Object.fromEntries(headPaths(model).map((path) => [path, head]));
  const groups = parameterGroups(model, { '': backbone, ...heads });
  const [first, ...others] = groups;
  if (others.length === 0) return groups;
  // Heads of auxiliary classifiers learn as the main one does.
  return [
    first!,
    { parameters: others.flatMap(({ parameters }) => parameters), learningRate: head },
  ];
}

/** Whether a parameter's name is that path, or below it. */
export function isWithin(name: string, path: string): boolean {
  return path === '' || name === path || name.startsWith(`${path}.`);
}

/** @throws ArgumentError where no parameter has that path, naming those modules that there are. */
export function requireParameters(where: string, model: AnyModule, path: string): void {
  for (const [name] of model.namedParameters()) if (isWithin(name, path)) return;
  const names = Array.from(model.namedChildren(), ([name]) => name).join(', ');
  throw new ArgumentError(
    `${where}: expected a path with parameters, got '${path}': ${model.architecture || model.typeName} has ${names}`,
  );
}
