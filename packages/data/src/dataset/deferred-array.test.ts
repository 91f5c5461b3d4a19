import { expect, test } from 'vitest';
import { defaultCollate } from '../loader/collate.ts';
import { deferredArray, writerOf } from './deferred-array.ts';
import { hostArray, type HostArray } from './host-array.ts';

/** An array [2, 2] of four numbers from `first` on, and how often it was written. */
function counted(first: number): { readonly array: HostArray; readonly times: () => number } {
  let times = 0;
  const array = deferredArray(4, [2, 2], (out) => {
    times++;
    out.forEach((_, i) => (out[i] = first + i));
  });
  return { array, times: () => times };
}

test('who looks into it finds an array as any other, computed once', () => {
  const { array, times } = counted(5);
  expect(times()).toBe(0);
  expect(array.data).toEqual(Float32Array.of(5, 6, 7, 8));
  expect(array.data).toBe(array.data);
  expect(times()).toBe(1);
  expect(Object.keys(array)).toEqual(['data', 'shape']);
  expect({ ...counted(1).array }).toEqual({ data: Float32Array.of(1, 2, 3, 4), shape: [2, 2] });
  expect(structuredClone(counted(2).array).data).toEqual(Float32Array.of(2, 3, 4, 5));
});

test('a batch has it written into its own memory, once for each place', () => {
  const [a, b] = [counted(0), counted(10)];
  const { data, shape } = defaultCollate<HostArray>([a.array, b.array, a.array]);
  expect(shape).toEqual([3, 2, 2]);
  expect([...data]).toEqual([0, 1, 2, 3, 10, 11, 12, 13, 0, 1, 2, 3]);
  expect([a.times(), b.times()]).toEqual([2, 1]);
  expect(writerOf(a.array)).toBeDefined();
});

test('one that was looked into and changed goes into a batch as it is then', () => {
  const { array } = counted(0);
  array.data[1] = 100;
  expect(writerOf(array)).toBeUndefined();
  const plain = hostArray(Float32Array.of(4, 5, 6, 7), [2, 2]);
  const { data } = defaultCollate<HostArray>([array, plain, counted(8).array]);
  expect([...data]).toEqual([0, 100, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
});

test('it is refused beside others as any array is', () => {
  const { array } = counted(0);
  const other = hostArray(new Float32Array(4), [4]);
  expect(() => defaultCollate([array, other])).toThrow(
    'samples of one batch differ in shape: sample 0 has [2, 2], sample 1 [4]',
  );
  expect(() => defaultCollate([array, hostArray(new Int32Array(4), [2, 2])])).toThrow(
    "sample 1: expected elements of float32, as in the first sample of the batch, got 'int32'",
  );
});
