import {
  ArgumentError,
  formatValue,
  refuseOtherCopy,
  requireKind,
  Tensor,
} from '@convnet/tensor-core';

import { fromZero, optionsOf, type KindsOf } from './check.ts';

/** Parameters that share their options. */
export interface ParameterGroup<Options> {
  readonly parameters: readonly Tensor[];
  /** Options of this group; schedules change them between steps. */
  options: Options;
  /**
   * The learning rate that schedules count from: what the group had when its first schedule was made; undefined
   * before.
   */
  initialLearningRate?: number | undefined;
}

/** Parameters, or groups of them with options of their own. */
export type ParameterSource<Options> =
  | readonly Tensor[]
  | readonly (Partial<Options> & { readonly parameters: readonly Tensor[] })[];

/** Options that every optimiser has. */
export interface OptimizerOptions {
  readonly learningRate: number;
}

/**
 * Groups of parameters, each with all options; loose parameters are the first group.
 * @throws ArgumentError for what is no parameter, for one that is listed twice, and for options that there are
 * not or that are of another kind.
 */
export function groupsFrom<Options extends OptimizerOptions>(
  optimizer: string,
  source: ParameterSource<Options>,
  defaults: Options,
  kinds?: KindsOf<Options>,
): ParameterGroup<Options>[] {
  if (typeof (source as unknown as Iterable<unknown> | null)?.[Symbol.iterator] !== 'function') {
    throw new ArgumentError(
      `${optimizer}: expected an array of parameters or groups, such as model.parameters(), got ` +
        formatValue(source),
    );
  }
  const common = optionsOf(optimizer, defaults, kinds);
  const loose: Tensor[] = [];
  const groups: ParameterGroup<Options>[] = [];
  for (const item of source as Iterable<unknown>) {
    if (!isGroup(item)) {
      loose.push(requireParameter(optimizer, item));
      continue;
    }
    const { parameters, ...own } = item;
    groups.push({
      parameters: Array.from(parameters, (parameter) => requireParameter(optimizer, parameter)),
      options: { ...common, ...optionsOf(`${optimizer} group`, own as unknown as Options, kinds) },
    });
  }
  const all = loose.length > 0 ? [{ parameters: loose, options: common }, ...groups] : groups;
  requireDistinct(optimizer, all);
  for (const { options } of all) {
    requireKind(optimizer, 'learningRate', options.learningRate, kinds?.learningRate ?? fromZero);
  }
  return all;
}

function isGroup(item: unknown): item is { readonly parameters: Iterable<unknown> } {
  if (typeof item !== 'object' || item === null || item instanceof Tensor) return false;
  const { parameters } = item as { readonly parameters?: Iterable<unknown> };
  return typeof parameters?.[Symbol.iterator] === 'function';
}

/** @throws ArgumentError where it is no tensor that a step could change. */
function requireParameter(optimizer: string, item: unknown): Tensor {
  if (!(item instanceof Tensor)) {
    refuseOtherCopy(optimizer, item);
    throw new ArgumentError(
      `${optimizer}: expected parameters, or groups { parameters: [...] }, got ${formatValue(item)}`,
    );
  }
  if (!item.isLeaf) {
    throw new ArgumentError(
      `${optimizer}: expected parameters, got ${item.describe()} that an operation computed`,
    );
  }
  return item;
}

/** @throws ArgumentError without parameters, and where one is listed twice: each step would update it twice. */
function requireDistinct(
  optimizer: string,
  groups: readonly { readonly parameters: readonly Tensor[] }[],
): void {
  const places = new Map<Tensor, string>();
  groups.forEach(({ parameters }, g) => {
    parameters.forEach((parameter, p) => {
      const place = groups.length === 1 ? `${p}` : `${p} of group ${g}`;
      const first = places.get(parameter);
      if (first !== undefined) {
        throw new ArgumentError(
          `${optimizer}: expected each parameter once, got ${parameter.describe()} as parameter ` +
            `${first} and as parameter ${place}`,
        );
      }
      places.set(parameter, place);
    });
  });
  if (places.size === 0) throw new ArgumentError(`${optimizer}: expected at least one parameter`);
}
