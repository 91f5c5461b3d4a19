import { expect, test } from 'vitest';
import { Heap, type Block, type HeapMemory } from './heap.ts';

function fakeMemory(maximum: number): HeapMemory & { bytes: number; growths: number } {
  return {
    bytes: 65536,
    growths: 0,
    maximum,
    size() {
      return this.bytes;
    },
    grow(bytes) {
      if (bytes > maximum) return false;
      if (bytes > this.bytes) {
        this.bytes = Math.min(maximum, Math.ceil(bytes / 65536) * 65536);
        this.growths++;
      }
      return true;
    },
  };
}

/** Deterministic numbers in [0, 1). */
function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

test('blocks never overlap, and what is freed is found again', () => {
  const heap = new Heap(fakeMemory(256 << 20), 1000);
  const random = numbers(7);
  const live: Block[] = [];
  for (let i = 0; i < 4000; i++) {
    if (live.length > 0 && random() < 0.48) {
      heap.free(live.splice(Math.floor(random() * live.length), 1)[0]!);
      continue;
    }
    const bytes = Math.floor(2 ** (random() * 18));
    const block = heap.allocate(bytes)!;
    expect(block.size).toBeGreaterThanOrEqual(bytes);
    expect(block.address % 64).toBe(0);
    live.push(block);
  }
  const sorted = live.toSorted((a, b) => a.address - b.address);
  for (let i = 1; i < sorted.length; i++) {
    const before = sorted[i - 1]!;
    expect(before.address + before.size).toBeLessThanOrEqual(sorted[i]!.address);
  }
  expect(heap.taken).toBe(live.reduce((sum, block) => sum + block.size, 0));
  for (const block of live) heap.free(block);
  expect(heap.taken).toBe(0);
  const all = heap.allocate(heap.reserved);
  expect(all?.size).toBe(heap.reserved);
});

test('a loop that asks for the same sizes stops growing after its first round', () => {
  const memory = fakeMemory(1 << 30);
  const heap = new Heap(memory, 0);
  const sizes = [3_000_000, 64, 100_000, 5_000_000, 20, 700_000, 3_000_000];
  let growths = 0;
  for (let round = 0; round < 50; round++) {
    const blocks = sizes.map((size) => heap.allocate(size)!);
    for (const block of [blocks[3]!, blocks[0]!, blocks[6]!]) heap.free(block);
    const again = heap.allocate(4_000_000)!;
    for (const i of [1, 2, 4, 5]) heap.free(blocks[i]!);
    heap.free(again);
    if (round === 0) growths = memory.growths;
  }
  expect(memory.growths).toBe(growths);
});

test('what comes back is found by what is as large, though no multiple of its list', () => {
  const memory = fakeMemory(1 << 30);
  const heap = new Heap(memory, 0);
  const size = 5_000_000;
  const first = heap.allocate(size)!;
  // So that it does not join with what lies behind it.
  const held = heap.allocate(64)!;
  const { reserved } = heap;
  heap.free(first);
  const again = heap.allocate(size)!;
  expect(again.address).toBe(first.address);
  heap.free(again);
  // Smaller ones that came back later stand before it in the list.
  const others = Array.from({ length: 3 }, () => heap.allocate(size - 6400)!);
  expect(others[0]!.address).toBe(first.address);
  for (const block of others) heap.free(block);
  expect(heap.allocate(size)!.address).toBe(first.address);
  expect(heap.reserved).toBeLessThan(reserved + 3 * size);
  heap.free(held);
});

test.each([
  ['the lowest in memory where they are large', 3_000_000, 0],
  ['the last that came back where they are small', 3_000, 2],
])('of blocks that fit as well: %s', (_, size, expected) => {
  const heap = new Heap(fakeMemory(1 << 30), 0);
  const blocks = Array.from({ length: 5 }, () => heap.allocate(size)!);
  for (const i of [0, 4, 2]) heap.free(blocks[i]!);
  expect(heap.allocate(size)!.address).toBe(blocks[expected]!.address);
});

test('of blocks that are larger the smallest is divided', () => {
  const heap = new Heap(fakeMemory(1 << 30), 0);
  const [small, , large] = [4_000_000, 64, 4_200_000, 64].map((size) => heap.allocate(size)!);
  heap.free(small!);
  heap.free(large!);
  expect(heap.allocate(2_000_000)!.address).toBe(small!.address);
});

test('memory grows by what is missing', () => {
  const heap = new Heap(fakeMemory(1 << 30), 0);
  heap.allocate(500_000_000);
  const { reserved } = heap;
  heap.allocate(2_000_000);
  expect(heap.reserved - reserved).toBeLessThan(2_000_000 + (1 << 20));
});

test('memory that cannot grow gives null and stays usable', () => {
  const heap = new Heap(fakeMemory(1 << 20), 0);
  expect(heap.allocate(2 << 20)).toBeNull();
  const block = heap.allocate(900_000);
  expect(block).not.toBeNull();
  expect(heap.allocate(900_000)).toBeNull();
  heap.free(block!);
  expect(heap.allocate(900_000)).not.toBeNull();
});

test('more than memory can ever hold gives null, however much', () => {
  const heap = new Heap(fakeMemory(1 << 20), 1000);
  heap.free(heap.allocate(4096)!);
  for (const bytes of [2 ** 20 + 1, 2 ** 32, 2 ** 38, 2 ** 42, 2 ** 60, Infinity]) {
    expect(heap.allocate(bytes)).toBeNull();
  }
});
