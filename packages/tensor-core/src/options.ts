import { ArgumentError } from './errors.ts';
import { requireKind, type Kind } from './kinds.ts';
import { formatValue } from './format-value.ts';

/**
 * What PyTorch, TensorFlow or plain habit call an option, without case and underscores, and what it is called
 * here; the first name that the function has is the one that is meant.
 */
const foreignNames: Readonly<Record<string, readonly string[]>> = {
  baselr: ['learningRate'],
  beta1: ['betas'],
  beta2: ['betas'],
  bs: ['batchSize'],
  channels: ['inChannels'],
  classes: ['numClasses'],
  classweight: ['weight'],
  cores: ['threads'],
  decay: ['weightDecay', 'gamma'],
  dilationrate: ['dilation'],
  divfactor: ['startDivisor'],
  drop: ['dropout'],
  droprate: ['dropout'],
  dropremainder: ['dropLast'],
  eps: ['epsilon'],
  etamin: ['minLearningRate'],
  filters: ['outChannels'],
  finaldivfactor: ['endDivisor'],
  inputchannels: ['inChannels'],
  kernel: ['kernelSize'],
  keepdims: ['keepDim'],
  l2: ['weightDecay'],
  lr: ['learningRate'],
  lrdecay: ['learningRateDecay'],
  maxlr: ['maxLearningRate'],
  maxmemory: ['maximumMemory'],
  minlr: ['minLearningRate'],
  ndim: ['dims'],
  nclasses: ['numClasses'],
  numepochs: ['epochs'],
  numthreads: ['threads'],
  outputs: ['numClasses'],
  p: ['probability', 'dropout'],
  pad: ['padding'],
  pctstart: ['rise'],
  poolsize: ['kernelSize'],
  prob: ['probability'],
  rank: ['dims'],
  rng: ['generator'],
  scale: ['scaleFactor'],
  seed: ['generator'],
  stddev: ['std'],
  tmax: ['totalSteps'],
  totaliters: ['totalSteps'],
  trainable: ['requiresGrad'],
  unbiased: ['correction'],
  usebias: ['bias'],
  val: ['test'],
  validation: ['test'],
  workers: ['threads'],
};

/** What each option of a function may be. */
export type OptionKinds = Readonly<Record<string, Kind>>;

/** @internal The kinds of all options of a function; the compiler wants each of them, and no other. */
/* @__NO_SIDE_EFFECTS__ */
export function optionKinds<Options>(
  kinds: Readonly<Record<keyof Options, Kind>>,
): Readonly<Record<keyof Options & string, Kind>> {
  // Without a prototype: what every object inherits, such as `constructor`, is no option.
  return Object.assign(Object.create(null) as typeof kinds, kinds);
}

/**
 * @internal Refuses options that a function does not have, such as a misspelt one or one that only another library has, and
 * values of another kind than theirs. One that is undefined counts as absent. Cheap where all is right.
 * @param where what the message begins with: the function, or the layer and its path
 * @param options what the caller passed; undefined stands for none
 * @param required names of those that must be given
 * @throws ArgumentError that names the option, and what it should be or which there are.
 */
export function checkOptions<Name extends string>(
  where: string,
  options: object | undefined,
  kinds: Readonly<Record<Name, Kind>>,
  required: readonly NoInfer<Name>[] = [],
): void {
  if (options === undefined) {
    for (const name of required) requireKind(where, name, undefined, kinds[name]);
    return;
  }
  if (!isOptions(options)) {
    const known = Object.keys(kinds).join(', ');
    throw new ArgumentError(
      `${where}: expected the options (${known}) as an object, got ${formatValue(options)}`,
    );
  }
  // Inherited ones too, as reading an option sees them.
  for (const name in options) {
    const kind = (kinds as OptionKinds)[name];
    if (kind === undefined) throw unknownOption(where, name, Object.keys(kinds));
    const value = (options as Readonly<Record<string, unknown>>)[name];
    if (value !== undefined) requireKind(where, name, value, kind);
  }
  for (const name of required) {
    const value = (options as Readonly<Record<string, unknown>>)[name];
    if (value === undefined) requireKind(where, name, value, kinds[name]);
  }
}

function unknownOption(where: string, name: string, known: readonly string[]): ArgumentError {
  const names = known.length > 0 ? `the options are ${known.join(', ')}` : 'it takes none';
  return new ArgumentError(
    `${where}: there is no option '${name}'${nearestHint(name, known)}; ${names}`,
  );
}

/** @internal " (did you mean 'stride'?)", behind a name that is not known; '' where none is near. */
export function nearestHint(name: string, known: readonly string[]): string {
  const nearest = nearestName(name, known);
  return nearest === undefined ? '' : ` (did you mean '${nearest}'?)`;
}

/**
 * @internal The known name that is most likely meant by `name`, whatever its case and underscores: the same word, another
 * library's word for it, or one that differs by a typing error. undefined where none is near.
 */
export function nearestName(name: string, known: readonly string[]): string | undefined {
  const given = plain(name);
  const same = known.find((candidate) => plain(candidate) === given);
  if (same !== undefined) return same;
  const foreign: unknown = foreignNames[given];
  // What every object inherits, such as `constructor`, is no list.
  const meant = Array.isArray(foreign)
    ? known.find((candidate) => foreign.includes(candidate))
    : undefined;
  if (meant !== undefined) return meant;

  let nearest: string | undefined;
  // A third of the letters may be wrong, more would be another word.
  let least = Math.floor(given.length / 3) + 1;
  for (const candidate of known) {
    const distance = editDistance(given, plain(candidate));
    if (distance >= least) continue;
    nearest = candidate;
    least = distance;
  }
  return nearest;
}

function plain(name: string): string {
  return name.replaceAll(/[_\-\s]/g, '').toLowerCase();
}

/** Letters to insert, remove, replace or swap with their neighbour to get from `a` to `b` (Damerau 1964). */
function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = last[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      let distance = Math.min(replaced, last[j]! + 1, row[j - 1]! + 1);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        distance = Math.min(distance, beforeLast[j - 2]! + 1);
      }
      row.push(distance);
    }
    [beforeLast, last] = [last, row];
  }
  return last[b.length]!;
}

/** Whether reading options from `value` makes sense: an array, a map or a promise of options has none of them. */
function isOptions(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === Object.prototype || prototype === null) return true;
  return Object.prototype.toString.call(value) === '[object Object]';
}
