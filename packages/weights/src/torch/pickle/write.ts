import { ArgumentError, formatValue } from '@convnet/tensor-core';

import { concatenate } from '../../bytes/concatenate.ts';
import { op } from './opcodes.ts';

/** A tensor as a pickle describes it: all of one storage of its own. */
export interface PickledTensor {
  /** Of its storage. */
  readonly key: string;
  /** PyTorch's class of storages, such as FloatStorage. */
  readonly storageType: string;
  readonly shape: readonly number[];
  readonly stride: readonly number[];
  /** Elements. */
  readonly length: number;
}

/** Values within each other. */
const deepest = 64;

/**
 * Writes values as a pickle of protocol 2, which every version of PyTorch reads with `weights_only=True`. Maps and plain
 * objects become dictionaries, arrays lists; a number that is an integer an int.
 */
export class PickleWriter {
  readonly #pieces: Uint8Array[] = [];
  readonly #tensorOf: (value: object) => PickledTensor | undefined;

  /** `tensorOf` tells which objects are tensors. */
  constructor(tensorOf: (value: object) => PickledTensor | undefined) {
    this.#tensorOf = tensorOf;
  }

  /** @throws ArgumentError for what no pickle of this kind holds. */
  write(value: unknown): Uint8Array {
    this.#emit(op.proto, 2);
    this.#value(value, 0);
    this.#emit(op.stop);
    return concatenate(this.#pieces);
  }

  #emit(...bytes: readonly number[]): void {
    this.#pieces.push(Uint8Array.from(bytes));
  }

  #value(value: unknown, depth: number): void {
    if (depth > deepest)
      throw new ArgumentError(`torch file: values lie more than ${deepest} deep`);
    if (value === null || value === undefined) this.#emit(op.none);
    else if (typeof value === 'boolean') this.#emit(value ? op.newTrue : op.newFalse);
    else if (typeof value === 'number') this.#number(value);
    else if (typeof value === 'bigint') this.#long(value);
    else if (typeof value === 'string') this.#text(value);
    else if (typeof value === 'object') this.#object(value, depth);
    else throw new ArgumentError(`torch file: expected data, got ${formatValue(value)}`);
  }

  #object(value: object, depth: number): void {
    const tensor = this.#tensorOf(value);
    if (tensor !== undefined) this.#tensor(tensor);
    else if (Array.isArray(value)) this.#list(value, depth);
    else if (value instanceof Map) this.#dictionary(value, depth);
    else if (Object.getPrototypeOf(value) === Object.prototype) {
      this.#dictionary(new Map(Object.entries(value)), depth);
    } else {
      const type = Object.prototype.toString.call(value);
      throw new ArgumentError(`torch file: expected tensors, maps, lists and scalars, got ${type}`);
    }
  }

  #number(value: number): void {
    if (Number.isInteger(value) && !Object.is(value, -0)) {
      this.#long(BigInt(value));
      return;
    }
    const bytes = new Uint8Array(9);
    bytes[0] = op.binFloat;
    new DataView(bytes.buffer).setFloat64(1, value, false);
    this.#pieces.push(bytes);
  }

  #long(value: bigint): void {
    if (value === BigInt.asIntN(32, value)) {
      const bytes = new Uint8Array(5);
      bytes[0] = op.binInt;
      new DataView(bytes.buffer).setInt32(1, Number(value), true);
      this.#pieces.push(bytes);
      return;
    }
    const bytes: number[] = [];
    for (let rest = value; ; rest >>= 8n) {
      bytes.push(Number(rest & 255n));
      // Done where what is left is only the sign, which the last byte shows.
      if (value === BigInt.asIntN(8 * bytes.length, value)) break;
    }
    if (bytes.length > 255)
      throw new ArgumentError('torch file: an integer of more than 255 bytes');
    this.#emit(op.long1, bytes.length, ...bytes);
  }

  #text(text: string): void {
    const bytes = new TextEncoder().encode(text);
    const head = new Uint8Array(5);
    head[0] = op.binUnicode;
    new DataView(head.buffer).setUint32(1, bytes.length, true);
    this.#pieces.push(head, bytes);
  }

  #global(module: string, name: string): void {
    this.#pieces.push(new TextEncoder().encode(`c${module}\n${name}\n`));
  }

  #list(items: readonly unknown[], depth: number): void {
    this.#emit(op.emptyList, op.mark);
    for (const item of items) this.#value(item, depth + 1);
    this.#emit(op.appends);
  }

  #dictionary(map: ReadonlyMap<unknown, unknown>, depth: number): void {
    const isState = this.#isStateDict(map);
    if (isState) this.#orderedDict();
    else this.#emit(op.emptyDict);
    this.#items(map, depth);
    if (!isState) return;
    // An attribute of the dictionary: `{ '_metadata': OrderedDict }`.
    this.#emit(op.emptyDict);
    this.#text('_metadata');
    this.#orderedDict();
    this.#items(versionsOf(map), depth);
    this.#emit(op.setItem, op.build);
  }

  #items(map: ReadonlyMap<unknown, unknown>, depth: number): void {
    this.#emit(op.mark);
    for (const [key, item] of map) {
      this.#value(key, depth + 1);
      this.#value(item, depth + 1);
    }
    this.#emit(op.setItems);
  }

  #orderedDict(): void {
    this.#global('collections', 'OrderedDict');
    this.#emit(op.emptyTuple, op.reduce);
  }

  /** Whether all that a dictionary has is tensors. */
  #isStateDict(map: ReadonlyMap<unknown, unknown>): boolean {
    const items = [...map.values()];
    const isTensor = (item: unknown): boolean =>
      typeof item === 'object' && item !== null && this.#tensorOf(item) !== undefined;
    return items.length > 0 && items.every(isTensor);
  }

  #counts(counts: readonly number[]): void {
    this.#emit(op.mark);
    for (const count of counts) this.#number(count);
    this.#emit(op.tuple);
  }

  /** `_rebuild_tensor_v2(storage, offset, size, stride, requires_grad, hooks)`. */
  #tensor({ key, storageType, shape, stride, length }: PickledTensor): void {
    this.#global('torch._utils', '_rebuild_tensor_v2');
    this.#emit(op.mark, op.mark);
    this.#text('storage');
    this.#global('torch', storageType);
    this.#text(key);
    this.#text('cpu');
    this.#number(length);
    this.#emit(op.tuple, op.binPersId);
    this.#number(0);
    this.#counts(shape);
    this.#counts(stride);
    this.#emit(op.newFalse);
    this.#orderedDict();
    this.#emit(op.tuple, op.reduce);
  }
}

/** Of the state of torchvision's MNASNet and of PyTorch's batch norm; no other layer that is written here has one. */
const newest = { version: 2 };

/**
 * The versions of the layers' state, by their paths, as PyTorch keeps them: without it MNASNet loads no state dict, and
 * batch norm takes one for older than its `num_batches_tracked`.
 */
function versionsOf(
  state: ReadonlyMap<unknown, unknown>,
): ReadonlyMap<string, { readonly version: number }> {
  const versions = new Map([['', newest]]);
  for (const key of state.keys()) {
    const path = /^(.*)\.num_batches_tracked$/.exec(String(key))?.[1];
    if (path !== undefined) versions.set(path, newest);
  }
  return versions;
}
