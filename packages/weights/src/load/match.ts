import {
  ArgumentError,
  nearestHint,
  nearestName,
  sameShape,
  type Tensor,
} from '@convnet/tensor-core';

import type { WeightsFile } from '../pretrained/weights-file.ts';
import type { FileTensor } from '../file-tensor.ts';
import { namesInOrder } from './in-order.ts';
import { namesByKind } from './keras-order.ts';
import { isByOrder, keyMapper, wrapperPrefix, type KeyMap } from './key-map.ts';
import { isOptional } from './model.ts';
import { renamedHead } from './renamed-head.ts';

/** A tensor of a file and the one of the model that gets its values. */
export interface Match {
  /** Its name in the file. */
  readonly from: string;
  /** In the model. */
  readonly to: string;
  readonly source: FileTensor;
  readonly target: Tensor;
}

/** Which tensors of a file go where. */
export interface Matching {
  readonly matches: readonly Match[];
  /** Tensors of the head, which keep their values. */
  readonly head: readonly string[];
  /** Tensors of the model that get no values. */
  readonly missing: readonly string[];
  /** Tensors of the file that go nowhere. */
  readonly unexpected: readonly string[];
  /** `fc.weight: expected [10, 512], got [1000, 512]`. */
  readonly misshaped: readonly string[];
  /** Two tensors of the file that would go to one of the model. */
  readonly clashing: readonly string[];
}

/** Which part of a model keeps its values: by its path, or the last layer and what has another number of classes. */
export type Head = boolean | string | readonly string[];

/** Finds for each tensor of a file its place in a model. */
export function match(
  own: ReadonlyMap<string, Tensor>,
  tensors: ReadonlyMap<string, FileTensor>,
  options: {
    readonly map?: KeyMap | undefined;
    readonly head: Head;
    /** What is known of the file. */
    readonly published?: Pick<WeightsFile, 'renames' | 'spare'> | undefined;
    /** Whether layers of different kinds may stand in another order than in the model. */
    readonly isOfKeras?: boolean;
  },
): Matching {
  const prefix = wrapperPrefix([...tensors.keys()], own);
  const inOrder = isByOrder(options.map)
    ? requireOrder(own, tensors, options.isOfKeras === true)
    : null;
  const { renames = [], spare } = options.published ?? {};
  const ofModel = keyMapper(options.map);
  const ofFile = keyMapper(renames);
  const mapped = (key: string): string | null => inOrder?.get(key) ?? ofModel(ofFile(key) ?? key);
  const matches: Match[] = [];
  const unexpected: string[] = [];
  const clashing: string[] = [];
  const taken = new Map<string, string>();
  const isHead = headOf(own, options.head);
  const head = new Set<string>();
  for (const [from, source] of tensors) {
    const hasPrefix = from.startsWith(prefix);
    const to = mapped(hasPrefix && inOrder === null ? from.slice(prefix.length) : from);
    if (to === null || (inOrder === null && !hasPrefix)) continue;
    const target = own.get(to);
    if (isHead(to, target, source)) {
      if (target !== undefined) head.add(to);
    } else if (target === undefined) {
      if (spare === undefined || from.search(spare) < 0) unexpected.push(from);
    } else if (taken.has(to)) clashing.push(`${from} and ${taken.get(to)}, both for ${to}`);
    else {
      taken.set(to, from);
      matches.push({ from, to, source, target });
    }
  }
  // A tensor with several names has its values from any of them.
  const given = new Set(matches.map(({ target }) => target));
  const missing: string[] = [];
  for (const [key, target] of own) {
    if (given.has(target) || head.has(key) || isOptional(target)) continue;
    if (isHead(key, target, null)) head.add(key);
    else missing.push(key);
  }
  const strangers = new Map(unexpected.map((from) => [from.slice(prefix.length), from]));
  const isPlain = options.map === undefined && options.published === undefined;
  const renamed = isPlain
    ? renamedHead([...strangers.keys()], lastLayer(own), [...missing, ...head])
    : null;
  if (renamed !== null) {
    unexpected.length = 0;
    if (missing.length > 0) {
      for (const [name, to] of renamed) {
        const from = strangers.get(name)!;
        matches.push({ from, to, source: tensors.get(from)!, target: own.get(to)! });
      }
      missing.length = 0;
    }
  }
  const misshaped = matches
    .filter(({ source, target }) => inOrder === null && !fits(source.shape, target.shape))
    .map(
      ({ to, source, target }) =>
        `${to}: expected [${target.shape.join(', ')}], got [${source.shape.join(', ')}]`,
    );
  return { matches, head: [...head], missing, unexpected, misshaped, clashing };
}

/** @throws ArgumentError where the tensors of the file are not those of the model in the same order. */
function requireOrder(
  own: ReadonlyMap<string, Tensor>,
  tensors: ReadonlyMap<string, FileTensor>,
  isOfKeras: boolean,
): ReadonlyMap<string, string> {
  const names = isOfKeras ? namesByKind(own, tensors) : namesInOrder(own, tensors);
  if (names !== null) return names;
  throw new ArgumentError(
    `loadWeights: the ${tensors.size} tensors of the file are not the ${own.size} of the model in the same order, so ` +
      "map: 'in order' cannot name them",
  );
}

/** Whether a tensor has the elements of another in the same order: axes of one element make no difference. */
function fits(a: readonly number[], b: readonly number[]): boolean {
  return sameShape(a.filter(isMany), b.filter(isMany));
}

function isMany(extent: number): boolean {
  return extent !== 1;
}

type IsHead = (key: string, target: Tensor | undefined, source: FileTensor | null) => boolean;

function headOf(own: ReadonlyMap<string, Tensor>, head: Head): IsHead {
  if (head === true) return () => false;
  const paths = head === false ? [lastLayer(own)] : typeof head === 'string' ? [head] : head;
  for (const path of paths) requireLayer(own, path);
  const isNamed: IsHead = (key) => paths.some((path) => key === path || key.startsWith(`${path}.`));
  if (head !== false) return isNamed;
  return (key, target, source) =>
    isNamed(key, target, source) ||
    (target !== undefined && source !== null && hasOtherClasses(target.shape, source.shape));
}

/** @throws ArgumentError for a path that no tensor lies under. */
function requireLayer(own: ReadonlyMap<string, Tensor>, path: string): void {
  const layers = new Set(Array.from(own.keys(), (key) => key.slice(0, key.lastIndexOf('.'))));
  const isThere = [...own.keys()].some((key) => key === path || key.startsWith(`${path}.`));
  if (isThere || own.size === 0) return;
  const hint = nearestHint(path, [...layers]);
  throw new ArgumentError(`loadWeights: the model has no layer '${path}' to leave as it is${hint}`);
}

/** The path of the layer that the last tensor belongs to. */
function lastLayer(own: ReadonlyMap<string, Tensor>): string {
  const last = [...own.keys()].pop() ?? '';
  return last.slice(0, Math.max(last.lastIndexOf('.'), 0));
}

/** Whether two shapes differ in the number of outputs and nothing else. */
function hasOtherClasses(target: readonly number[], source: readonly number[]): boolean {
  return (
    target.length === source.length &&
    target[0] !== source[0] &&
    sameShape(target.slice(1), source.slice(1))
  );
}

/** The name in the model that a name of the file is likely to mean, for errors. */
export function likelyNames(
  unexpected: readonly string[],
  missing: readonly string[],
): ReadonlyMap<string, string> {
  const likely = new Map<string, string>();
  // The comparison of each with each is for a handful only.
  for (const key of unexpected.slice(0, 5)) {
    const nearest = nearestName(key, missing.slice(0, 500));
    if (nearest !== undefined) likely.set(key, nearest);
  }
  return likely;
}
