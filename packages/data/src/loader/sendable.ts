import { dtypeOf, isTypedArray } from '../dataset/host-array.ts';
import { arrayToSend } from './batch-memory.ts';

/** What one thread sends another: a message, and the memory that is handed over with it instead of copied. */
export interface Sendable {
  readonly value: unknown;
  readonly transfer: readonly ArrayBuffer[];
}

/** Collates whose batches hold only arrays that they made for them, and that keep none. */
const fresh = new WeakSet<object>();
/** Those whose batches hold all arrays to fill that they asked for. */
const stacking = new WeakSet<object>();

/** Marks a collate whose batches hold only arrays that it made for them, and that keeps none: they need no copy. */
export function makesFresh<C extends object>(collate: C): C {
  fresh.add(collate);
  return collate;
}

/** Whether what `collate` gives is nobody else's; without one the loader makes the batches. */
export const isFresh = (collate: object | undefined): boolean =>
  collate === undefined || fresh.has(collate);

/** As `makesFresh`, for one whose batches also hold all arrays to fill that it asks for. */
export function stacksFresh<C extends object>(collate: C): C {
  stacking.add(collate);
  return makesFresh(collate);
}

/** Whether all arrays to fill that `collate` asks for are sent, as without one. */
export const isStacking = (collate: object | undefined): boolean =>
  collate === undefined || stacking.has(collate);

/** `value` with the memory of its arrays, which nobody else has; what threads share needs not be handed over. */
export function handedOver(value: unknown): Sendable {
  const found = new Set<ArrayBuffer>();
  const visit = (part: unknown): void => {
    if (isTypedArray(part)) {
      const { buffer } = part;
      if (buffer instanceof ArrayBuffer && part.byteLength === buffer.byteLength) found.add(buffer);
    } else if (typeof part === 'object' && part !== null) {
      Object.values(part).forEach(visit);
    }
  };
  visit(value);
  return { value, transfer: [...found] };
}

/**
 * `value` with copies of its arrays: a dataset may keep what it gave, as one that caches its samples does, and memory that
 * was handed over would be gone there. Of a part of a larger block no more than the part is copied.
 */
export function copied(value: unknown): Sendable {
  const transfer: ArrayBuffer[] = [];
  const copies = new Map<object, object>();
  const copyOf = (part: unknown): unknown => {
    if (typeof part !== 'object' || part === null) return part;
    const known = copies.get(part);
    if (known !== undefined) return known;
    if (isTypedArray(part)) {
      // What threads share stays shared.
      if (!(part.buffer instanceof ArrayBuffer)) return part;
      const copy = arrayToSend(dtypeOf(part), part.length);
      copy.set(part);
      copies.set(part, copy);
      transfer.push(copy.buffer);
      return copy;
    }
    if (Array.isArray(part)) {
      const copy: unknown[] = [];
      copies.set(part, copy);
      for (const entry of part) copy.push(copyOf(entry));
      return copy;
    }
    // Maps, dates and other views are copied by the sending itself.
    if (Object.prototype.toString.call(part) !== '[object Object]') return part;
    const copy: Record<string, unknown> = {};
    copies.set(part, copy);
    for (const [key, entry] of Object.entries(part)) copy[key] = copyOf(entry);
    return copy;
  };
  return { value: copyOf(value), transfer };
}
