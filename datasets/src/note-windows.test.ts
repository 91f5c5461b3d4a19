import { describe, expect, it } from 'vitest';
import { cutWindows, readingsAt } from './note-windows.ts';

const settings = { length: 4, count: 3, silence: 0.1, readings: readingsAt(8000, [8000]) };

describe('cutWindows', () => {
  it('spreads windows evenly and brings each to mean 0 and root mean square 1', () => {
    const samples = Float32Array.from({ length: 24 }, (_, i) => (i % 2 === 0 ? 5 : -1) * (10 + i));
    const out = new Float32Array(14).fill(99);
    expect(cutWindows(samples, settings, out, 1)).toBe(true);
    expect([out[0], out[13]]).toEqual([99, 99]);
    for (const [i, start] of [0, 10, 20].entries()) {
      const cut = samples.subarray(start, start + 4);
      const mean = cut.reduce((a, b) => a + b, 0) / 4;
      const rms = Math.sqrt(cut.reduce((a, b) => a + (b - mean) ** 2, 0) / 4);
      cut.forEach((value, j) => {
        expect(out[1 + i * 4 + j]).toBeCloseTo((value - mean) / rms, 5);
      });
    }
  });

  it('reads windows in turn at the given speeds', () => {
    const rate = 8000;
    const tone = Float32Array.from({ length: 4000 }, (_, i) => Math.sin((2 * Math.PI * i) / 40));
    const readings = readingsAt(rate, [4000, 5000]);
    expect(readings.map(({ step }) => step)).toEqual([2, 1.6]);
    const out = new Float32Array(4 * 200);
    cutWindows(tone, { length: 200, count: 4, silence: 0.1, readings }, out, 0);
    // A period of 40 samples takes 20 at half the rate and 25 at five eighths.
    for (const [i, period] of [20, 25, 20, 25].entries()) {
      const window = out.subarray(i * 200, (i + 1) * 200);
      const distance = (lag: number) =>
        Math.max(...Array.from({ length: 60 }, (_, j) => Math.abs(window[j + lag]! - window[j]!)));
      expect(distance(period)).toBeLessThan(i === 0 || i === 3 ? 0.15 : 0.02);
      expect(distance(45 - period)).toBeGreaterThan(0.5);
    }
  });

  it('leaves silence out', () => {
    const samples = new Float32Array(100);
    for (let i = 40; i < 50; i++) samples[i] = i % 2 === 0 ? 1 : -1;
    const out = new Float32Array(12);
    expect(cutWindows(samples, settings, out, 0)).toBe(true);
    // The first and the last audible windows hold a single sample of sound.
    expect([...out.subarray(0, 3)].every((value) => value < 0)).toBe(true);
    expect([...out.subarray(9)].every((value) => value > 0)).toBe(true);
  });

  it('writes nothing where there are too few places', () => {
    const out = new Float32Array(12).fill(7);
    expect(cutWindows(Float32Array.of(1, 2, 1, 2, 1), settings, out, 0)).toBe(false);
    expect(cutWindows(new Float32Array(50), settings, out, 0)).toBe(false);
    expect([...out]).toEqual(Array(12).fill(7));
  });
});
