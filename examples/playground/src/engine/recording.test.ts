import { WavError } from '@convnet/data';
import { describe, expect, test } from 'vitest';

import { readSamples, readWav, RecordingError } from './recording.ts';
import { sampleRate, soundLength } from './tasks/sounds.ts';

describe('recordings', () => {
  test('the loud pieces of a long one, the loudest among them', () => {
    const samples = new Float32Array(4 * sampleRate).map((_, i) => {
      const loud = i > sampleRate && i < 2 * sampleRate ? 0.3 : 0.001;
      return loud * Math.sin(i) * (i > 1.4 * sampleRate ? 2 : 1);
    });
    const { pieces, loudest, seconds } = readSamples(samples, sampleRate);
    expect(seconds).toBe(4);
    expect(pieces.length).toBeGreaterThan(3);
    expect(pieces.length).toBeLessThan(10);
    expect(loudest).toBeGreaterThan(0);
    for (const piece of pieces) {
      expect(piece).toHaveLength(soundLength);
      expect(piece.reduce((most, value) => Math.max(most, Math.abs(value)), 0)).toBeCloseTo(1, 5);
    }
  });

  test('a minute of sound is no more than 24 pieces', () => {
    const samples = Float32Array.from({ length: 60 * sampleRate }, (_, i) => Math.sin(i));
    const { pieces, loudest } = readSamples(samples, sampleRate);
    expect(pieces.length).toBeLessThanOrEqual(24);
    expect(pieces[loudest]).toBeDefined();
  });

  test('a short one is filled up, and one of another rate resampled', () => {
    const { pieces } = readSamples(Float32Array.from({ length: 100 }, Math.random), sampleRate);
    expect(pieces).toHaveLength(1);
    const tone = Float32Array.from({ length: 44_100 }, (_, i) => Math.sin(i / 20));
    expect(readSamples(tone, 44_100).pieces.length).toBeGreaterThan(4);
  });

  test('silence, hours, and what is no WAV file', () => {
    expect(() => readSamples(new Float32Array(9000), sampleRate)).toThrow(RecordingError);
    expect(() => readSamples(new Float32Array(61 * sampleRate).fill(1), sampleRate)).toThrow(
      '61 s',
    );
    expect(() => readWav(new Uint8Array(90), 'a.wav')).toThrow(WavError);
  });
});
