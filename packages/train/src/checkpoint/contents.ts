import { Module, type AnyModule } from '@convnet/layers';
import { Optimizer } from '@convnet/optim';
import {
  ArgumentError,
  anObject,
  clone,
  keep,
  requireKind,
  Tensor,
  type Device,
  type PlainState,
  type StateDict,
  type Stateful,
  type StateValue,
  formatValue,
} from '@convnet/tensor-core';
import type { TensorFile } from '@convnet/weights';

import { CheckpointError, messageOf } from './errors.ts';
import { fromJson, isPlain, toJson } from './plain-json.ts';

/**
 * What a checkpoint is of, by name: usually `model`, `optimizer`, and what else goes on, such as `schedule`, `average`
 * and `random` (`currentGenerator()`). Names are the first part of the tensors' names in the file.
 */
export type CheckpointParts = Readonly<Record<string, AnyModule | Stateful>>;

/** The newest form that is written, and the newest that is read. */
export const checkpointVersion = 1;

/** What the metadata key `convnet` says. */
interface Header {
  readonly version: number;
  /** Paths of the model's parameters, in order, by part. */
  readonly parameters: Readonly<Record<string, readonly string[]>>;
  /** Paths of what each group of an optimiser updates, by part; null for what is in no model of the checkpoint. */
  readonly groups: Readonly<Record<string, readonly (readonly (string | null)[])[]>>;
  /** What is no tensor, by part and key. */
  readonly state: Readonly<Record<string, Readonly<Record<string, PlainState>>>>;
}

/**
 * What to write into a safetensors file: the tensors of the parts, as `part.key`, and all the rest as JSON in the one
 * metadata key `convnet`, with the paths of the parameters. Nothing is copied: write it before the next step.
 *
 *     await saveSafetensors(path, ...checkpointContents({ model, optimizer }));
 *
 * @throws ArgumentError for a part without a state, and for state that JSON cannot say.
 */
export function checkpointContents(
  parts: CheckpointParts,
): [tensors: Map<string, Tensor>, options: { metadata: { convnet: string } }] {
  requireKind('checkpoint', 'parts', parts, anObject);
  const tensors = new Map<string, Tensor>();
  const state: Record<string, Record<string, PlainState>> = {};
  for (const [name, part] of Object.entries(parts)) {
    requirePart(name, part);
    const plain: Record<string, PlainState> = {};
    for (const [key, value] of part.stateDict()) {
      if (value instanceof Tensor) tensors.set(`${name}.${key}`, value);
      else if (isPlain(value)) plain[key] = value;
      else {
        throw new ArgumentError(
          `checkpoint: expected '${key}' of '${name}' as a tensor or as what JSON can say, got ${formatValue(value)}`,
        );
      }
    }
    state[name] = plain;
  }
  const header: Header = { version: checkpointVersion, ...pathsOf(parts), state };
  return [tensors, { metadata: { convnet: toJson(header) } }];
}

/** Paths of all parameters, and of those in the groups of optimisers. */
function pathsOf(parts: CheckpointParts): Pick<Header, 'parameters' | 'groups'> {
  const parameters: Record<string, string[]> = {};
  const groups: Record<string, (string | null)[][]> = {};
  const names = new Map<Tensor, string>();
  for (const [name, part] of Object.entries(parts)) {
    if (!(part instanceof Module)) continue;
    const named = [...part.namedParameters()];
    parameters[name] = named.map(([path]) => path);
    for (const [path, parameter] of named) names.set(parameter, `${name}.${path}`);
  }
  for (const [name, part] of Object.entries(parts)) {
    if (!(part instanceof Optimizer)) continue;
    groups[name] = (part as Optimizer).groups.map((group) =>
      group.parameters.map((parameter) => names.get(parameter) ?? null),
    );
  }
  return { parameters, groups };
}

/**
 * Puts what a file holds into the parts: into all, or into none and an error. Of a file with more parts, such as the
 * weights of a checkpoint for testing, those that are asked for are read.
 * @throws CheckpointError for what is no checkpoint, one of a newer version, of other parameters, or without a part;
 * StateError and StateDictError for state that does not fit; WeightsFileError for a file that is damaged.
 */
export async function restoreCheckpoint(file: TensorFile, parts: CheckpointParts): Promise<void> {
  requireKind('checkpoint', 'parts', parts, anObject);
  const header = readHeader(file);
  for (const [name, part] of Object.entries(parts)) {
    requirePart(name, part);
    if (name in header.state) continue;
    throw new CheckpointError(
      'parts',
      `${file.name}: expected a checkpoint with the state of '${name}', got one of ${Object.keys(header.state).join(', ')}`,
    );
  }
  requireSamePaths(file.name, header, parts);
  const device = deviceOf(parts);
  const loaded: [part: Stateful, before: Map<string, StateValue>][] = [];
  try {
    for (const [name, part] of Object.entries(parts)) {
      const state = await stateOf(file, name, header, device);
      try {
        loaded.push([part as Stateful, copyOf((part as Stateful).stateDict())]);
        await (part as Stateful).loadStateDict(state);
      } finally {
        drop(state);
      }
    }
  } catch (error) {
    for (const [part, before] of loaded) await part.loadStateDict(before);
    throw error;
  } finally {
    for (const [, before] of loaded) drop(before);
  }
}

/** Names of the parts that a file has state of. @throws CheckpointError. */
export function partsOf(file: TensorFile): string[] {
  return Object.keys(readHeader(file).state);
}

/** @throws CheckpointError for what is no checkpoint, or one of a newer version. */
function readHeader(file: TensorFile): Header {
  const text = file.metadata.get('convnet');
  if (text === undefined) {
    throw new CheckpointError(
      'format',
      `${file.name}: expected a checkpoint, got a file of weights, without the metadata key 'convnet'`,
    );
  }
  let header: Partial<Header> | null;
  try {
    header = fromJson(text) as Partial<Header> | null;
  } catch (error) {
    throw new CheckpointError(
      'format',
      `${file.name}: expected JSON in the metadata key 'convnet': ${messageOf(error)}`,
      { cause: error },
    );
  }
  const version = header?.version;
  if (typeof version !== 'number' || !Number.isInteger(version) || version < 1) {
    throw new CheckpointError(
      'format',
      `${file.name}: expected a checkpoint with a version, got ${formatValue(version)}`,
    );
  }
  if (version > checkpointVersion) {
    throw new CheckpointError(
      'version',
      `${file.name}: expected a checkpoint of version ${checkpointVersion} or older, got version ${version}: it was ` +
        'written by a newer @convnet/train',
    );
  }
  if (!isPlain(header) || ![header!.state, header!.parameters, header!.groups].every(isRecord)) {
    throw new CheckpointError('format', `${file.name}: the checkpoint's header lacks a part`);
  }
  return header as Header;
}

function isRecord(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Of paths that must be the same, the file's and ours. @throws CheckpointError that names what differs. */
function requireSamePaths(where: string, header: Header, parts: CheckpointParts): void {
  const own = pathsOf(parts);
  for (const [name, paths] of Object.entries(own.parameters)) {
    requireSame(where, `parameters of '${name}'`, header.parameters[name] ?? [], paths);
  }
  for (const [name, groups] of Object.entries(own.groups)) {
    const saved = header.groups[name] ?? [];
    if (saved.length !== groups.length) {
      throw new CheckpointError(
        'parameters',
        `${where}: expected ${groups.length} groups of '${name}', got a checkpoint of ${saved.length}`,
      );
    }
    groups.forEach((paths, g) => {
      requireSame(where, `parameters of group ${g} of '${name}'`, saved[g]!, paths);
    });
  }
}

function requireSame(
  where: string,
  what: string,
  saved: readonly (string | null)[],
  own: readonly (string | null)[],
): void {
  if (saved.length === own.length && saved.every((path, i) => path === own[i])) return;
  const missing = own.filter((path) => !saved.includes(path));
  const unexpected = saved.filter((path) => !own.includes(path));
  const list = (paths: readonly (string | null)[]): string =>
    paths
      .slice(0, 5)
      .map((path) => path ?? 'one of no model')
      .join(', ') + (paths.length > 5 ? ` and ${paths.length - 5} more` : '');
  const parts = [
    ...(missing.length > 0 ? [`without ${list(missing)}`] : []),
    ...(unexpected.length > 0 ? [`with ${list(unexpected)}`] : []),
  ];
  throw new CheckpointError(
    'parameters',
    `${where}: expected the ${what}, got a checkpoint ${parts.join(' and ') || 'with them in another order'}`,
  );
}

/** State of a part, its tensors on a device. */
async function stateOf(
  file: TensorFile,
  part: string,
  header: Header,
  device: Device,
): Promise<Map<string, StateValue>> {
  const state = new Map<string, StateValue>(Object.entries(header.state[part]!));
  const prefix = `${part}.`;
  try {
    for (const [name, tensor] of file.tensors) {
      if (!name.startsWith(prefix)) continue;
      state.set(name.slice(prefix.length), keep(await tensor.tensor({ device })));
    }
  } catch (error) {
    drop(state);
    throw error;
  }
  return state;
}

function copyOf(state: StateDict): Map<string, StateValue> {
  const copy = new Map<string, StateValue>();
  try {
    for (const [key, value] of state) {
      copy.set(key, value instanceof Tensor ? keep(clone(value)) : value);
    }
  } catch (error) {
    drop(copy);
    throw error;
  }
  return copy;
}

function drop(state: StateDict): void {
  for (const value of state.values()) if (value instanceof Tensor) value.dispose();
}

/** Where the first parameter of a model is, or the first tensor of another part. */
function deviceOf(parts: CheckpointParts): Device {
  for (const part of Object.values(parts)) {
    for (const value of (part as Stateful).stateDict().values()) {
      if (value instanceof Tensor) return value.device;
    }
  }
  throw new ArgumentError('checkpoint: expected a part with tensors, such as a model, got none');
}

/** @throws ArgumentError. */
function requirePart(name: string, part: unknown): void {
  if (!/^[A-Za-z_][\w-]*$/.test(name)) {
    throw new ArgumentError(
      `checkpoint: expected names of parts of letters and digits, got '${name}'`,
    );
  }
  const { stateDict, loadStateDict } = (part ?? {}) as Partial<Stateful>;
  if (typeof stateDict === 'function' && typeof loadStateDict === 'function') return;
  throw new ArgumentError(
    `checkpoint: expected '${name}' with stateDict() and loadStateDict(), got ${formatValue(part)}`,
  );
}
