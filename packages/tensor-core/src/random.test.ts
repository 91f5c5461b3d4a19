import { describe, expect, test } from 'vitest';

import { fillRandom, Generator, philox, wordsToNormals } from './random.ts';
import { StateError, type StateDict } from './state.ts';

describe('philox', () => {
  test('gives the known answer of the reference implementation for a zero counter and key', () => {
    const words = new Uint32Array(4);
    philox(0, 0, words);
    expect([...words]).toEqual([0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8]);
  });

  test('uses all bits of seed and block (worked with big integers)', () => {
    const words = new Uint32Array(4);
    philox(0x123456789abcd, 0x100000005, words);
    expect([...words]).toEqual([0x7030b4cb, 0x4063c068, 0x488d4b88, 0xd923d2e4]);
  });
});

describe('normal numbers', () => {
  test('follow Box and Muller', () => {
    for (const [a, b] of [
      [0, 0],
      [0xffffffff, 0x40000000],
      [0x12345678, 0x9abcdef0],
      [0x80000000, 0xc0000000],
    ] as const) {
      const radius = Math.sqrt(-2 * Math.log(((a >>> 8) + 1) / 2 ** 24));
      const angle = (2 * Math.PI * (b >>> 8)) / 2 ** 24;
      const [x, y] = wordsToNormals(a, b);
      expect(x).toBeCloseTo(radius * Math.cos(angle), 12);
      expect(y).toBeCloseTo(radius * Math.sin(angle), 12);
    }
  });

  test('have mean 0, deviation 1 and the right tails', () => {
    const values = new Float32Array(200_000);
    fillRandom(values, 'normal', 7, 0);
    const mean = values.reduce((total, v) => total + v, 0) / values.length;
    const square = values.reduce((total, v) => total + v * v, 0) / values.length;
    const beyondTwo = values.filter((v) => Math.abs(v) > 2).length / values.length;
    expect(mean).toBeCloseTo(0, 2);
    expect(square).toBeCloseTo(1, 1.7);
    expect(beyondTwo).toBeCloseTo(0.0455, 2.5);
  });
});

describe('Generator', () => {
  test('the same seed gives the same stream, and pieces join without overlap', () => {
    const whole = new Generator(42).uniform(16);
    const generator = new Generator(42);
    expect([...generator.uniform(8), ...generator.uniform(8)]).toEqual([...whole]);
    expect(generator.offset).toBe(4);
    expect([...new Generator(43).uniform(16)]).not.toEqual([...whole]);
  });

  test('a permutation holds each index once, and all orders of three are as likely', () => {
    const counts = new Map<string, number>();
    const generator = new Generator(5);
    for (let i = 0; i < 6000; i++) {
      const order = generator.permutation(3).join('');
      counts.set(order, (counts.get(order) ?? 0) + 1);
    }
    expect(counts.size).toBe(6);
    for (const count of counts.values()) expect(Math.abs(count - 1000)).toBeLessThan(120);
    expect([...generator.permutation(100)].toSorted((a, b) => a - b)).toEqual(
      Array.from({ length: 100 }, (_, i) => i),
    );
  });

  test('refuses seeds that are no safe integers', () => {
    for (const seed of [-1, 0.5, Number.NaN, 2 ** 53]) {
      expect(() => new Generator(seed)).toThrow('expected a seed from 0 to 2^53 - 1');
    }
  });
});

describe('the state of a stream', () => {
  test('lets another one go on where it is', () => {
    const stream = new Generator(7);
    stream.uniform(5);
    const state = stream.stateDict();
    const expected = stream.uniform(6);
    const other = new Generator(0);
    other.loadStateDict(state);
    expect(other.seed).toBe(7);
    expect(other.uniform(6)).toEqual(expected);
  });

  test('is refused where it is none, and nothing changes', () => {
    const stream = new Generator(7, 3);
    const pair = (seed: unknown, offset: unknown): Map<string, unknown> =>
      new Map([
        ['seed', seed],
        ['offset', offset],
      ]);
    const refusals = [
      [{ seed: 1, offset: 2 }, 'got undefined and undefined; nothing was loaded'],
      [new Map([['seed', 1]]), 'got 1 and undefined'],
      [pair(1, 2).set('epoch', 3), 'Generator: expected a state as stateDict() gives it'],
      [pair(1, 0.5), 'got 1 and 0.5'],
      [pair(-1, 2), 'got -1 and 2'],
      [pair('1', 2), "got '1' and 2"],
    ] as const;
    for (const [state, message] of refusals) {
      expect(() => stream.loadStateDict(state as unknown as StateDict)).toThrow(StateError);
      expect(() => stream.loadStateDict(state as unknown as StateDict)).toThrow(message);
    }
    expect([stream.seed, stream.offset]).toEqual([7, 3]);
  });
});
