import {
  aBoolean,
  ArgumentError,
  assign,
  cast,
  checkOptions,
  clone,
  copyTo,
  ConvnetError,
  DeviceError,
  DTypeError,
  keep,
  noGrad,
  optionKinds,
  scope,
  Tensor,
  tensor,
  Versions,
  zeros,
  refuseOtherCopy,
  type Device,
} from '@convnet/tensor-core';

import type { StateTensor } from './parameter.ts';

/** Weights that do not fit a model; nothing was loaded. */
export class StateDictError extends ConvnetError {
  override readonly name = 'StateDictError';
  readonly missing: readonly string[];
  readonly unexpected: readonly string[];
  /** `key: expected [64, 3, 7, 7], got [64, 1, 7, 7]`. */
  readonly misshaped: readonly string[];

  constructor(
    model: string,
    missing: readonly string[],
    unexpected: readonly string[],
    misshaped: readonly string[],
  ) {
    const part = (title: string, list: readonly string[]): string =>
      list.length === 0 ? '' : `\n  ${title}: ${list.join(', ')}`;
    super(
      `the weights do not fit ${model}; nothing was loaded.` +
        part('missing', missing) +
        part('unexpected', unexpected) +
        part('of another shape', misshaped),
    );
    this.missing = missing;
    this.unexpected = unexpected;
    this.misshaped = misshaped;
  }
}

/** Weights that changed while they were on their way from one device to another; the model was left as it is. */
export class StateChangedError extends ConvnetError {
  override readonly name = 'StateChangedError';

  constructor(call: string, model: string) {
    super(
      `${call}: weights of ${model} changed while values were being read from another device; they were left ` +
        `as they are. Await ${call} before the next step`,
    );
  }
}

/** Options of `loadStateDict`. */
export interface LoadOptions {
  /** Refuse missing and unexpected keys. Default true. Shapes must fit either way. */
  readonly strict?: boolean;
  /**
   * The model takes the tensors themselves, with their memory and on their device, in place of their values, as PyTorch's
   * `assign=True`: so a model of the meta device gets weights without having had others. They are of the types of the
   * model. Default false.
   */
  readonly assign?: boolean;
}

const loadOptions = optionKinds<LoadOptions>({ strict: aBoolean, assign: aBoolean });

/** What `loadStateDict` left out. */
export interface LoadReport {
  /** Keys of the model that were not given a value; with `strict` there are none. */
  readonly missing: readonly string[];
  /** Keys that the model does not have; with `strict` there are none. */
  readonly unexpected: readonly string[];
}

/** A network as its state dict and its name: any module. */
export interface Stateful {
  readonly architecture: string;
  readonly typeName: string;
  stateDict(): Map<string, StateTensor>;
}

/** A tensor of the model, and the one that it gets its values from. */
interface Entry {
  readonly key: string;
  readonly target: StateTensor;
  readonly source: Tensor;
}

/**
 * Copies weights into a model: all, or nothing and an error. From tensors on the device of the model this is done
 * when the call returns, whether it is awaited or not; from another device once they have been read.
 * @throws StateDictError that lists every missing, unexpected and mis-shaped key, also where not one key fits and
 * `strict` is off; StateChangedError; DeviceError on the meta device, unless tensors are assigned; DTypeError where one to
 * be assigned is of another type.
 */
export async function loadStateDict(
  model: Stateful,
  state: ReadonlyMap<string, Tensor>,
  options: LoadOptions = {},
): Promise<LoadReport> {
  checkOptions('loadStateDict', options, loadOptions);
  requireState(state);
  const { strict = true, assign: assigns = false } = options;
  const { entries, report } = matched(model, state, strict);
  for (const entry of entries) requireEntry(entry, assigns);
  if (assigns) {
    take(entries);
    return report;
  }
  if (entries.every(isAtHand)) {
    copy(entries);
    return report;
  }
  const targets = entries.map(({ target }) => target);
  const versions = new Versions([
    ...targets,
    ...entries.filter(isAtHand).map(({ source }) => source),
  ]);
  const values = await Promise.all(
    entries.map(async (entry) => (isAtHand(entry) ? null : entry.source.data())),
  );
  if (!versions.areCurrent) throw new StateChangedError('loadStateDict', nameOf(model));
  scope(() => {
    copy(
      entries.map((entry, i) => {
        const read = values[i] ?? null;
        if (read === null) return entry;
        const { device, dtype, shape } = entry.target;
        return { ...entry, source: tensor(read, shape, { device, dtype }) };
      }),
    );
  });
  return report;
}

function nameOf(model: Stateful): string {
  return model.architecture || model.typeName;
}

/** @throws ArgumentError for what is no map of tensors. */
function requireState(state: unknown): void {
  if (!(state instanceof Map)) {
    throw new ArgumentError(
      'loadStateDict: expected a Map of tensors by path, as stateDict() gives',
    );
  }
  for (const [key, value] of state as ReadonlyMap<unknown, unknown>) {
    if (typeof key === 'string' && value instanceof Tensor) continue;
    refuseOtherCopy('loadStateDict', value);
    throw new ArgumentError(
      `loadStateDict: expected a tensor by its path, got none at ${String(key)}`,
    );
  }
}

/** @throws StateDictError. */
function matched(
  model: Stateful,
  state: ReadonlyMap<string, Tensor>,
  strict: boolean,
): { readonly entries: readonly Entry[]; readonly report: LoadReport } {
  const own = model.stateDict();
  const entries: Entry[] = [];
  for (const [key, target] of own) {
    const source = state.get(key);
    if (source !== undefined) entries.push({ key, target, source });
  }
  // A tensor with several paths has its values from any of them.
  const given = new Set(entries.map(({ target }) => target));
  const missing = Array.from(own)
    .filter(([, target]) => !given.has(target) && !target.isOptional)
    .map(([key]) => key);
  const unexpected = [...state.keys()].filter((key) => !own.has(key));
  const misshaped = entries
    .filter(({ target, source }) => source.shape.join() !== target.shape.join())
    .map(
      ({ key, target, source }) =>
        `${key}: expected [${target.shape.join(', ')}], got [${source.shape.join(', ')}]`,
    );
  const isEmpty = entries.length === 0 && missing.length + unexpected.length > 0;
  if (isEmpty || (strict && missing.length + unexpected.length > 0)) {
    throw new StateDictError(nameOf(model), missing, unexpected, misshaped);
  }
  if (misshaped.length > 0) throw new StateDictError(nameOf(model), [], [], misshaped);
  return { entries, report: { missing, unexpected } };
}

/** Puts the memory of tensors in the place of the model's; nothing of it fails. */
function take(entries: readonly Entry[]): void {
  scope(() => {
    // A tensor of its own on the same memory: the caller's stays the caller's.
    const values = entries.map(({ source }) => source.detach());
    entries.forEach(({ target }, i) => target.replaceWith(values[i]!));
  });
}

/** @throws ReleasedTensorError; DeviceError for a tensor without values; DTypeError for one that cannot be assigned. */
function requireEntry({ key, target, source }: Entry, isAssigned: boolean): void {
  for (const tensor of [source, target]) tensor.requireLive(`loadStateDict, ${key}`);
  if (source.device.isMeta) {
    throw new DeviceError(`loadStateDict: ${key} is on the meta device and has no values to load`);
  }
  if (isAssigned && source.dtype !== target.dtype) {
    throw new DTypeError(
      `loadStateDict: ${key} is assigned as it is, expected ${target.dtype}, got ${source.describe()}`,
    );
  }
  if (!isAssigned && target.device.isMeta) {
    throw new DeviceError(
      `loadStateDict: ${key} of the model is on the meta device and has no memory for values: move the ` +
        `model first, with await model.to(device), or load with { assign: true }`,
    );
  }
}

function isAtHand({ target, source }: Entry): boolean {
  return source.device === target.device;
}

/** Copies values in, in order, from tensors on the devices of their targets. What can fail comes first. */
function copy(entries: readonly Entry[]): void {
  scope(() =>
    noGrad(() => {
      const written = new Set(entries.map(({ target }) => target.storage));
      const values = entries.map(({ target, source }) => {
        if (source.dtype !== target.dtype) return cast(source, target.dtype);
        // Another entry may write it before it is read.
        const isWritten = source.storage !== target.storage && written.has(source.storage);
        return isWritten ? clone(source) : source;
      });
      // From here on nothing takes memory.
      entries.forEach(({ target }, i) => assign(target, values[i]!));
    }),
  );
}

/**
 * Moves a model's parameters and buffers to a device, in place, and gradients with them: all, or nothing and an
 * error. From the meta device, where there are no values, parameters are initialised and buffers start as new, which
 * is done when the call returns.
 * @throws StateChangedError where weights or gradients changed meanwhile; OutOfMemoryError.
 */
export async function moveTo(model: Stateful, device: Device): Promise<void> {
  const moves = Array.from(new Set(model.stateDict().values()))
    .filter((target) => target.device !== device)
    .map((target): Move => ({ target, gradient: target.grad, copies: [] }));
  try {
    // Without anything to read there is nothing to wait for.
    if (!device.isMeta && moves.some(({ target }) => !target.device.isMeta)) {
      await bring(model, moves, device);
    }
    scope(() => {
      for (const { target } of moves) target.requireLive('to');
      const values = moves.map(({ target, copies }) => copies[0] ?? valuesOn(device, target));
      moves.forEach(({ target, copies }, i) => {
        target.replaceWith(values[i]!);
        target.grad = copies[1] ?? null;
      });
    });
  } catch (error) {
    for (const { copies } of moves) for (const copy of copies) copy.dispose();
    throw error;
  }
}

/** A tensor on its way to another device, with its gradient. */
interface Move {
  readonly target: StateTensor;
  readonly gradient: Tensor | null;
  /** Of the values and of the gradient, as far as there are some. */
  readonly copies: Tensor[];
}

/** The values of a tensor that has none yet, or none where it is going. */
function valuesOn(device: Device, target: StateTensor): Tensor {
  if (!device.isMeta) return target.firstValues(device);
  return zeros(target.shape, { device, dtype: target.dtype });
}

/** Copies the values and the gradients of tensors that have some to a device. */
async function bring(model: Stateful, moves: readonly Move[], device: Device): Promise<void> {
  const full = moves.filter(({ target }) => !target.device.isMeta);
  const sourcesOf = ({ target, gradient }: Move): Tensor[] =>
    gradient === null ? [target] : [target, gradient];
  const versions = new Versions(full.flatMap(sourcesOf));
  for (const move of full) {
    for (const source of sourcesOf(move)) move.copies.push(keep(await copyTo(source, device)));
  }
  if (!versions.areCurrent || full.some(({ target, gradient }) => target.grad !== gradient)) {
    throw new StateChangedError('to', nameOf(model));
  }
}
