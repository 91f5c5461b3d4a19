import { describe, expect, it } from 'vitest';
import { ResampleError } from '../errors.ts';
import { createResampler, resample } from './resample.ts';

function sine(frequency: number, rate: number, length: number): Float32Array {
  return Float32Array.from({ length }, (_, i) => Math.sin((2 * Math.PI * frequency * i) / rate));
}

/** Level in decibels relative to a full-scale sine, away from the ends. */
function level(samples: Float32Array): number {
  const inner = samples.subarray(samples.length / 4, (samples.length * 3) / 4);
  const power = inner.reduce((sum, value) => sum + value * value, 0) / inner.length;
  return 10 * Math.log10(2 * power);
}

describe('resample', () => {
  it.each([
    [44100, 11025, 1000],
    [44100, 8000, 1000],
    [8000, 44100, 1000],
    [11025, 16000, 3000],
  ])('keeps a tone in place from %d to %d Hz', (from, to, frequency) => {
    const out = resample(sine(frequency, from, from / 10), from, to);
    expect(out.length).toBe(Math.ceil((Math.floor(from / 10) * to) / from));
    const expected = sine(frequency, to, out.length);
    const margin = Math.floor(out.length / 4);
    let error = 0;
    for (let i = margin; i < out.length - margin; i++) {
      error = Math.max(error, Math.abs(out[i]! - expected[i]!));
    }
    expect(error).toBeLessThan(2e-4);
  });

  it('keeps aliases below -75 dB at the new Nyquist frequency and above', () => {
    for (const frequency of [5512.5, 6000, 7000, 10000, 20000]) {
      expect(level(resample(sine(frequency, 44100, 8820), 44100, 11025))).toBeLessThan(-75);
    }
  });

  it('passes tones up to three quarters of the new Nyquist frequency', () => {
    for (const frequency of [100, 2000, 4100]) {
      const out = resample(sine(frequency, 44100, 8820), 44100, 11025);
      expect(level(out)).toBeCloseTo(0, 1);
    }
  });

  it('passes a constant unchanged', () => {
    const out = resample(new Float32Array(4000).fill(0.25), 44100, 8000);
    for (const value of out.subarray(200, 500)) expect(value).toBeCloseTo(0.25, 6);
  });

  it('copies where the rates are equal, and takes an empty signal', () => {
    const samples = Float32Array.of(1, 2, 3);
    const out = resample(samples, 8000, 8000);
    expect(out).toEqual(samples);
    expect(out).not.toBe(samples);
    expect(resample(new Float32Array(0), 8000, 4000)).toEqual(new Float32Array(0));
  });

  it('gives a piece that is equal to the same piece of the whole, also across the ends', () => {
    const samples = sine(700, 44100, 4410);
    const resampler = createResampler(44100, 12600);
    const whole = resampler(samples);
    // 7 input samples last as long as 2 output samples.
    for (const [start, length] of [
      [0, 1260],
      [700, 300],
      [4200, 60],
    ] as const) {
      const first = (start * 2) / 7;
      expect(resampler(samples, { start, length })).toEqual(whole.slice(first, first + length));
    }
    expect(resampler(samples, { start: 4410, length: 0 })).toEqual(new Float32Array(0));
    expect(resampler(samples, { start: 9000, length: 3 })).toEqual(new Float32Array(3));
    const copy = createResampler(8000, 8000);
    expect(copy(samples, { start: 5, length: 9 })).toEqual(samples.slice(5, 14));
  });

  it('reaches the attenuation asked for', () => {
    const alias = sine(8000, 44100, 8820);
    const weak = createResampler(44100, 11025, { attenuation: 30 })(alias);
    const strong = createResampler(44100, 11025, { attenuation: 100, zeroCrossings: 40 })(alias);
    expect(level(weak)).toBeLessThan(-28);
    expect(level(strong)).toBeLessThan(-95);
  });

  it('refuses rates and settings outside their range', () => {
    const samples = new Float32Array(10);
    expect(() => resample(samples, 0, 8000)).toThrow(ResampleError);
    expect(() => resample(samples, 44100.5, 8000)).toThrow('got 44100.5');
    expect(() => resample(samples, 44100, 8000, { attenuation: 10 })).toThrow(ResampleError);
    expect(() => resample(samples, 44100, 8000, { zeroCrossings: 0 })).toThrow(ResampleError);
    expect(() => resample(samples, 44100, 8000, { zeroCrossings: 2 })).toThrow(
      '2 zero crossings are too few for 80 dB',
    );
  });
});
