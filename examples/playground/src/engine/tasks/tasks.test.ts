import { RandomStream } from '@convnet/data';
import { Generator } from '@convnet/tensor-core';
import { describe, expect, test } from 'vitest';

import { decodeDigits, digitPixels, encodeDigits } from './digit-file.ts';
import { digitsTask } from './digits.ts';
import { signalsTask } from './signals.ts';
import { sound, soundLength, soundNames } from './sounds.ts';

const digits = (count: number, first: number) => ({
  pixels: Uint8Array.from({ length: count * digitPixels }, (_, i) => (i + first) % 256),
  labels: Uint8Array.from({ length: count }, (_, i) => (i + first) % 10),
});

describe('the file of digits', () => {
  const [train, test_] = [digits(7, 3), digits(4, 5)];

  test('is read as it was written', () => {
    expect(decodeDigits(encodeDigits(train, test_))).toEqual({ train, test: test_ });
  });

  test('one that broke off is refused', () => {
    const file = encodeDigits(train, test_);
    expect(() => decodeDigits(file.subarray(0, -1))).toThrow('damaged');
    expect(() => decodeDigits(new Uint8Array(3))).toThrow('damaged');
  });

  test('a sample is grey for the page and normalised for the network', () => {
    const task = digitsTask(encodeDigits(train, test_));
    const sample = task.testSample(2);
    expect(sample[9]).toBeCloseTo(test_.pixels[2 * digitPixels + 9]! / 255, 6);
    const inputs = new Float32Array(digitPixels);
    task.test.fill(Int32Array.of(2), inputs, new Int32Array(1));
    const own = task.normalise(sample);
    for (let i = 0; i < digitPixels; i++) expect(own[i]).toBeCloseTo(inputs[i]!, 5);
  });
});

describe('sounds', () => {
  test.each(soundNames.map((name, kind) => [name, kind] as const))('%s', (_, kind) => {
    const one = sound(kind, new RandomStream(new Generator(4)));
    expect(one).toHaveLength(soundLength);
    expect(Math.max(...one.map(Math.abs))).toBe(1);
    expect(sound(kind, new RandomStream(new Generator(4)))).toEqual(one);
    expect(sound(kind, new RandomStream(new Generator(5)))).not.toEqual(one);
  });

  test('what tells a siren from a whistle happens within what a network sees at a time', () => {
    // Pitches of pieces of 32 ms, by the times that a tone passes zero.
    const pitches = (kind: number): number[] => {
      const one = sound(kind, new RandomStream(new Generator(4)));
      return Array.from({ length: 8 }, (_, piece) => {
        const part = one.subarray(256 * piece, 256 * (piece + 1));
        return part.filter((value, i) => i > 0 && value * part[i - 1]! < 0).length;
      });
    };
    const glide = (kind: number): number => {
      const found = pitches(kind);
      const steps = found.slice(2).map((pitch, i) => pitch / found[i]!);
      return Math.max(...steps, ...steps.map((step) => 1 / step));
    };
    expect(glide(soundNames.indexOf('siren'))).toBeGreaterThan(1.8);
    expect(glide(soundNames.indexOf('whistle'))).toBeLessThan(1.2);
  });

  test('as many of each kind, normalised as the network takes them', () => {
    const task = signalsTask();
    const counts = soundNames.map((_, kind) => task.train.labels.filter((label) => label === kind));
    expect(new Set(counts.map(({ length }) => length))).toEqual(new Set([200]));
    const inputs = new Float32Array(soundLength);
    task.test.fill(Int32Array.of(8), inputs, new Int32Array(1));
    expect(task.normalise(task.testSample(8))).toEqual(inputs);
  });
});
