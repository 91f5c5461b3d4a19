import { expect, test } from 'vitest';
import { arrayToFill, arrayToSend, inSharedMemory, keepSpare } from './batch-memory.ts';

const length = 100_000;

test('arrays are filled in shared memory where that was asked for, and large enough', () => {
  expect(arrayToFill('float32', length).buffer).toBeInstanceOf(ArrayBuffer);
  inSharedMemory(() => {
    const array = arrayToFill('float32', length);
    expect(array.buffer).toBeInstanceOf(SharedArrayBuffer);
    expect(array).toHaveLength(length);
    expect(arrayToFill('int32', 64).buffer).toBeInstanceOf(ArrayBuffer);
    expect(arrayToSend('float32', length).buffer).toBeInstanceOf(ArrayBuffer);
  });
  expect(() =>
    inSharedMemory(() => {
      throw new Error('a sample is damaged');
    }),
  ).toThrow('a sample is damaged');
  expect(arrayToFill('float32', length).buffer).toBeInstanceOf(ArrayBuffer);
});

test('memory that comes back is taken by the same kind of array', () => {
  const [shared, sent] = [
    inSharedMemory(() => arrayToFill('float32', length)).buffer,
    arrayToSend('float32', length).buffer,
  ];
  keepSpare([shared, sent]);
  expect(arrayToSend('float32', length).buffer).toBe(sent);
  expect(arrayToSend('float32', length).buffer).not.toBe(shared);
  expect(inSharedMemory(() => arrayToFill('int32', length)).buffer).toBe(shared);
  expect(inSharedMemory(() => arrayToFill('int32', length)).buffer).not.toBe(shared);
});

test('shared memory serves batches of about the same length; none is more than a sixth too large', () => {
  const first = inSharedMemory(() => arrayToFill('float32', 99_000));
  keepSpare([first.buffer]);
  const second = inSharedMemory(() => arrayToFill('float32', 104_000));
  expect(second.buffer).toBe(first.buffer);
  expect(second).toHaveLength(104_000);
  for (let elements = 20_000; elements < 90_000; elements += 777) {
    const { byteLength, buffer } = inSharedMemory(() => arrayToFill('float32', elements));
    expect(buffer.byteLength).toBeGreaterThanOrEqual(byteLength);
    expect(buffer.byteLength).toBeLessThan((byteLength * 7) / 6);
  }
});
