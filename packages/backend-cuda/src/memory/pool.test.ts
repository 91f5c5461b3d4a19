import { expect, test } from 'vitest';

import type { Session } from '../addon/interface.ts';
import { MemoryPool } from './pool.ts';

const mebibyte = 2 ** 20;

/** A driver's memory of so many bytes, with what was asked of it. */
function memoryOf(total: number): { session: Session; readonly taken: Map<number, number> } {
  const taken = new Map<number, number>();
  let next = 2 ** 40;
  const session: Partial<Session> = {
    allocate(bytes) {
      const used = [...taken.values()].reduce((sum, size) => sum + size, 0);
      if (used + bytes > total) return 0;
      next += 2 ** 32;
      taken.set(next, bytes);
      return next;
    },
    release(address) {
      taken.delete(address);
    },
  };
  return { session: session as Session, taken };
}

test('blocks do not overlap, and all comes together again', () => {
  const { session, taken } = memoryOf(2 ** 34);
  const pool = new MemoryPool(session);
  const held = new Map<number, number>();
  let state = 1;
  const random = (): number => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
  for (let i = 0; i < 5000; i++) {
    if (held.size > 0 && random() < 0.5) {
      const address = [...held.keys()][Math.floor(random() * held.size)]!;
      held.delete(address);
      pool.giveBack(address);
      continue;
    }
    const bytes = Math.ceil(2 ** (random() * 25));
    const address = pool.take(bytes);
    expect(address % 512).toBe(0);
    const overlapping = [...held].filter(
      ([other, size]) => address + bytes > other && other + size > address,
    );
    expect(overlapping).toEqual([]);
    held.set(address, bytes);
  }
  const asked = [...held.values()].reduce((sum, bytes) => sum + bytes, 0);
  expect(pool.live).toBeGreaterThanOrEqual(asked);
  expect(pool.live).toBeLessThanOrEqual(pool.reserved);
  expect(pool.reserved).toBe([...taken.values()].reduce((sum, bytes) => sum + bytes, 0));
  for (const address of held.keys()) pool.giveBack(address);
  expect(pool.live).toBe(0);
  expect(pool.trim()).toBe(true);
  expect(pool.reserved).toBe(0);
  expect(taken.size).toBe(0);
});

test('the same sizes again and again take nothing more from the driver', () => {
  const { session, taken } = memoryOf(2 ** 34);
  const pool = new MemoryPool(session);
  const sizes = [700, 3 * mebibyte, 40 * mebibyte, 100, 5 * mebibyte];
  const once = (): void => sizes.map((bytes) => pool.take(bytes)).forEach((a) => pool.giveBack(a));
  once();
  const { size } = taken;
  for (let i = 0; i < 100; i++) once();
  expect(taken.size).toBe(size);
});

test('no room is 0, and what is whole and free goes back to make room', () => {
  const { session } = memoryOf(64 * mebibyte);
  const pool = new MemoryPool(session);
  const first = pool.take(30 * mebibyte);
  expect(pool.take(40 * mebibyte)).toBe(0);
  expect(pool.trim()).toBe(false);
  pool.giveBack(first);
  expect(pool.take(40 * mebibyte)).toBe(0);
  expect(pool.trim()).toBe(true);
  expect(pool.take(40 * mebibyte)).not.toBe(0);
  expect(pool.live).toBe(40 * mebibyte);
});
