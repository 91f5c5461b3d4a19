import type { HostArray } from './host-array.ts';

/** Writes all elements of an array into memory of that many. */
export type Writer = (out: Float32Array) => void;

/** How arrays that nobody has looked into are written. */
const writers = new WeakMap<object, Writer>();

/**
 * An array of `length` elements that is computed when somebody looks into it. A batch that is made of such arrays has them
 * written into its own memory instead, without memory for each.
 *
 * @param write what it follows from must not change later.
 */
export function deferredArray(
  length: number,
  shape: readonly number[],
  write: Writer,
): HostArray<Float32Array> {
  const array = {
    get data(): Float32Array {
      const data = new Float32Array(length);
      write(data);
      // From now on it may be changed, as any array.
      writers.delete(array);
      Object.defineProperty(array, 'data', { value: data, enumerable: true, writable: true });
      return data;
    },
    shape,
  };
  writers.set(array, write);
  return array;
}

/** How an array is written that is not computed yet; undefined for every other value. */
export function writerOf(value: unknown): Writer | undefined {
  return typeof value === 'object' && value !== null ? writers.get(value) : undefined;
}
