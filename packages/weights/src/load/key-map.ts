import { ArgumentError, formatValue, type Kind } from '@convnet/tensor-core';

/**
 * How names of a file become names of the model: beginnings that are replaced (`{ 'backbone.': '' }`), pairs of a text or
 * pattern and its replacement, as `String.replace` takes them, or a function. In an object the first beginning that fits
 * counts, in a list each pair is tried in order. null leaves a tensor out.
 *
 * `'in order'` is for a file of the same network under other names, as timm has for EfficientNet, MobileNet, MNASNet and
 * VGG: its tensors and those of the model must follow each other with the same shapes and the same last names (weight,
 * bias, running_mean, …). Of a file of Keras the layers of each kind must: its convolutions, those for each channel, norms and
 * dense layers, each kind by itself.
 *
 * A `KerasMap` is what a family exports for its twin in Keras, `resnetKeras.map`.
 */
export type KeyMap =
  | 'in order'
  | KerasMap
  | Readonly<Record<string, string | null>>
  | readonly (readonly [from: string | RegExp, to: string | null])[]
  | ((key: string) => string | null);

type Pairs = readonly (readonly [from: string | RegExp, to: string | null])[];

/**
 * How the variables of a network of Keras become the tensors of one here. Names of the file come in PyTorch's words:
 * `conv1_conv.weight` for `conv1_conv/kernel`, `bn_Conv1.running_var` for `bn_Conv1/moving_variance`.
 */
export interface KerasMap {
  /** Pairs or a function as in other maps, or `'in order'`. */
  readonly names: 'in order' | Pairs | ((key: string) => string | null);
  /** Dense layers behind a `Flatten`, and the shape [spatial…, channels] that was flattened: here channels come first. */
  readonly flattened?: Readonly<Record<string, readonly number[]>>;
  /**
   * Biases of convolutions that a norm follows, where those here have none: the running mean that each is subtracted from,
   * which is the same. Pairs as in other maps.
   */
  readonly folded?: readonly (readonly [bias: RegExp, mean: string])[];
}

/** Whether a map is one for a file of Keras. */
export function isKerasMap(map: KeyMap | undefined): map is KerasMap {
  if (typeof map !== 'object' || map === null || Array.isArray(map)) return false;
  const { names } = map as { readonly names?: unknown };
  return names === 'in order' || Array.isArray(names) || typeof names === 'function';
}

/** Whether a map goes by the order of tensors, not by names. */
export function isByOrder(map: KeyMap | undefined): boolean {
  return map === 'in order' || (isKerasMap(map) && map.names === 'in order');
}

/** What is in a map is looked at where it is used. */
export const aKeyMap: Kind = {
  expected: "beginnings, pairs, a function, or 'in order'",
  accepts: (value) =>
    value === 'in order' ||
    typeof value === 'function' ||
    (typeof value === 'object' && value !== null),
};

/**
 * A function that maps names.
 * @throws ArgumentError for what is no map.
 */
export function keyMapper(map: KeyMap | undefined): (key: string) => string | null {
  if (map === undefined || map === 'in order') return (key) => key;
  if (typeof map === 'function') return (key) => checked(key, map(key));
  if (isKerasMap(map)) return keyMapper(map.names);
  if (isPairs(map)) return (key) => throughPairs(key, map);
  const prefixes = typeof map === 'object' && map !== null ? Object.entries(map) : null;
  if (prefixes === null || !prefixes.every(([, to]) => typeof to === 'string' || to === null)) {
    throw new ArgumentError(
      `loadWeights: expected map as beginnings, pairs or a function, got ${formatValue(map)}`,
    );
  }
  return (key) => {
    const found = prefixes.find(([from]) => key.startsWith(from));
    if (found === undefined) return key;
    const [from, to] = found;
    return to === null ? null : to + key.slice(from.length);
  };
}

function isPairs(map: object): map is Pairs {
  if (!Array.isArray(map)) return false;
  for (const pair of map as readonly unknown[]) {
    const [from, to] = Array.isArray(pair) ? (pair as unknown[]) : [];
    const isPattern = typeof from === 'string' || from instanceof RegExp;
    if (isPattern && (typeof to === 'string' || to === null)) continue;
    throw new ArgumentError(
      `loadWeights: expected pairs of a text or pattern and its replacement in map, got ${formatValue(pair)}`,
    );
  }
  return true;
}

function throughPairs(key: string, pairs: Pairs): string | null {
  let mapped = key;
  for (const [from, to] of pairs) {
    if (to !== null) mapped = mapped.replace(from, to);
    else if (typeof from === 'string' ? mapped.includes(from) : mapped.search(from) >= 0)
      return null;
  }
  return mapped;
}

function checked(key: string, mapped: unknown): string | null {
  if (typeof mapped === 'string' || mapped === null) return mapped;
  throw new ArgumentError(
    `loadWeights: expected map to give a name or null for '${key}', got ${formatValue(mapped)}`,
  );
}

/** What wrappers put in front of every name: `DataParallel`, `torch.compile`, averaged models. */
const wrappers = ['module.', '_orig_mod.'];

/** The beginning that wrappers put in front of all names: '' where there is none. */
export function wrapperPrefix(keys: readonly string[], own: ReadonlyMap<string, unknown>): string {
  let prefix = '';
  for (;;) {
    const next = wrappers.find(
      (wrapper) =>
        keys.length > 0 && keys.every((key) => key.startsWith(prefix + wrapper) || isCount(key)),
    );
    if (next === undefined || keys.some((key) => own.has(key))) return prefix;
    prefix += next;
  }
}

/** How many models `AveragedModel` has averaged, which stands beside `module.`. */
function isCount(key: string): boolean {
  return key === 'n_averaged';
}
