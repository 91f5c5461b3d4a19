import {
  ArgumentError,
  aBoolean,
  aCount,
  aDevice,
  aFiniteNumber,
  aFunction,
  aString,
  checkOptions,
  integersFrom,
  listOf,
  meta,
  oneOf,
  optionKinds,
  type Device,
  type Kind,
  type PerAxis,
} from '@convnet/tensor-core';

import { requireCount, tuple } from '../layer-support.ts';

/** Spatial axes of a network. */
export type Rank = 1 | 2 | 3;

/** What every builder of a network takes. Each family states the ranks that it is built for. */
export interface ModelOptions<Ranks extends Rank> {
  /**
   * Spatial axes: 1 for signals [N, C, L], 2 for images [N, C, H, W], in some families 3 for volumes and videos
   * [N, C, D, H, W]. Default 2.
   */
  readonly dims?: Ranks;
  /** Channels of the input. Default 3, where the builder does not say otherwise. */
  readonly inChannels?: number;
  /** Width of the last layer. Default 1,000, where the builder does not say otherwise. */
  readonly numClasses?: number;
  /** Where the weights live. Default: the meta device, which has shapes only. */
  readonly device?: Device;
}

/** What a builder takes whose classifier has as many inputs as the convolutions leave of the input. */
export interface SizedModelOptions<Ranks extends Rank> extends ModelOptions<Ranks> {
  /** Extent of the input: one number for all axes, or one for each. Default 224, where not said otherwise. */
  readonly inputSize?: PerAxis;
}

const modelDefaults = { dims: 2, inChannels: 3, numClasses: 1000, device: meta } as const;

const modelKinds = optionKinds<ModelOptions<Rank>>({
  dims: oneOf(1, 2, 3),
  inChannels: aCount,
  numClasses: aCount,
  device: aDevice,
});

const sizedKinds = { inputSize: integersFrom(1) };

/** What a builder's own options may be, told by their defaults; what the network makes of them is its own to check. */
function kindsOf(defaults: object): Record<string, Kind> {
  return Object.fromEntries(
    Object.entries(defaults).map(([name, value]) => [name, kindLike(value)]),
  );
}

const anything: Kind = { expected: 'anything', accepts: () => true };

function kindLike(value: unknown): Kind {
  switch (typeof value) {
    case 'boolean':
      return aBoolean;
    case 'number':
      return aFiniteNumber;
    case 'string':
      return aString;
    case 'function':
      return aFunction;
    default:
      return Array.isArray(value) ? listOf(kindLike(value[0])) : anything;
  }
}

/** The options that only some builders have. */
type OwnKey<Options extends ModelOptions<Rank>> = Exclude<keyof Options, keyof ModelOptions<Rank>>;

/** A default for each option that only this builder has, or undefined where leaving it out means something. */
export type OptionDefaults<Options extends ModelOptions<Rank>> = ModelOptions<Rank> & {
  readonly [Key in OwnKey<Options>]-?: Options[Key] | undefined;
};

/** Options with every default filled in. */
export type ResolvedOptions<Options extends ModelOptions<Rank>, Defaults> = Required<
  ModelOptions<Rank>
> & {
  readonly [Key in OwnKey<Options>]-?: Key extends keyof Defaults
    ? Exclude<Options[Key], undefined> | Extract<Defaults[Key], undefined>
    : never;
};

/**
 * @internal The options of a builder over its defaults, checked.
 * @param ranks the spatial axes that it is built for
 * @param kinds of options whose default, such as null, does not tell what they may be
 * @throws ArgumentError for an option that the builder does not have, for dims other than `ranks`, and for
 * counts that are not integers ≥ 1.
 */
export function resolveOptions<
  Options extends ModelOptions<Rank>,
  const Defaults extends OptionDefaults<Options>,
>(
  architecture: string,
  options: Options,
  defaults: Defaults,
  ranks: readonly Rank[] = [1, 2],
  kinds: { readonly [Key in OwnKey<Options>]?: Kind } = {},
): ResolvedOptions<Options, Defaults> {
  const all = { ...modelDefaults, ...defaults };
  const own = { ...kindsOf(defaults), ...kinds, ...('inputSize' in defaults && sizedKinds) };
  // First the common ones, as messages list them, and last, as a builder's defaults do not say what they may be.
  const common = { ...modelKinds, dims: oneOf(...ranks) };
  checkOptions(architecture, options, { ...common, ...own, ...common });
  return { ...all, ...givenOf(options) } as unknown as ResolvedOptions<Options, Defaults>;
}

/**
 * @internal What the caller of a builder has given, over what the builder has other than its network: an option given as
 * undefined is absent here too. What are no options stays what it is, for `resolveOptions` to refuse.
 */
export function overOwn<Options extends object>(
  own: Options,
  options: Options | undefined,
): Options {
  if (options === undefined) return own;
  if (Object.prototype.toString.call(options) !== '[object Object]') return options;
  // With what is undefined, so that an option that there is not is refused.
  const all: Options = { ...own };
  for (const name in options) {
    if (options[name] !== undefined || !(name in own)) all[name] = options[name];
  }
  return all;
}

/** Options that are not undefined; inherited ones too, as reading an option sees them. */
function givenOf<Options extends object>(options: Options): Partial<Options> {
  const given: Partial<Options> = {};
  for (const name in options) if (options[name] !== undefined) given[name] = options[name];
  return given;
}

/** @internal The shape of one input, [1, inChannels, …], for sizes that follow from it. @throws ArgumentError. */
export function inputShapeOf(
  { dims, inChannels }: { readonly dims: number; readonly inChannels: number },
  inputSize: PerAxis,
): number[] {
  return [1, inChannels, ...tuple('model', 'inputSize', inputSize, dims)];
}

/** @internal @throws ArgumentError that names the option, where one of them is no integer ≥ 1. */
export function requireCounts(
  architecture: string,
  options: Readonly<Record<string, number>>,
): void {
  for (const [name, value] of Object.entries(options)) requireCount(architecture, name, value);
}

/** @internal @throws ArgumentError that names the option and its values, where `value` is none of them. */
export function requireOneOf<Value extends string | number>(
  architecture: string,
  name: string,
  value: Value,
  values: readonly Value[],
): void {
  if (values.includes(value)) return;
  const last = values[values.length - 1];
  throw new ArgumentError(
    `${architecture}: expected ${name} as ${values.slice(0, -1).join(', ')} or ${last}, got ${value}`,
  );
}
