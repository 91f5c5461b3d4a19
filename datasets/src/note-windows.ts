import { createResampler, type Resampler } from '@convnet/data';

/** A speed at which windows are read from a recording. */
export interface Reading {
  /** Samples of the recording for each sample of a window. */
  readonly step: number;
  readonly resampler: Resampler;
}

/** The readings of a recording at `fromRate` for windows at each of `toRates`, in samples per second. */
export function readingsAt(fromRate: number, toRates: readonly number[]): readonly Reading[] {
  return toRates.map((toRate) => ({
    step: fromRate / toRate,
    resampler: createResampler(fromRate, toRate),
  }));
}

export interface WindowOptions {
  /** Samples in a window. */
  readonly length: number;
  /** Windows to cut. */
  readonly count: number;
  /** Least root mean square of a window, as a fraction of the recording's peak: quieter ones are silence. */
  readonly silence: number;
  /** How windows are read; they take turns. */
  readonly readings: readonly Reading[];
}

/**
 * Cuts `count` windows, spread evenly over the places of a recording that are not silent (windows overlap
 * where there are few), brings each to mean 0 and root mean square 1, and writes them one after another to
 * `out` from `offset` on. Returns false, and writes nothing, where the recording has too few such places.
 */
export function cutWindows(
  recording: Float32Array,
  options: WindowOptions,
  out: Float32Array,
  offset: number,
): boolean {
  const { length, count, silence, readings } = options;
  const span = Math.ceil(length * Math.max(...readings.map(({ step }) => step)));
  const starts = audibleStarts(recording, span, silence);
  if (starts.length < count) return false;
  for (let i = 0; i < count; i++) {
    const place = count === 1 ? 0 : Math.round((i * (starts.length - 1)) / (count - 1));
    const { resampler } = readings[i % readings.length]!;
    const window = resampler(recording, { start: starts[place]!, length });
    writeNormalised(window, out, offset + i * length);
  }
  return true;
}

/** Positions from which `span` samples lie inside the recording and are not silent. */
function audibleStarts(recording: Float32Array, span: number, silence: number): Int32Array {
  let peak = 0;
  for (const sample of recording) peak = Math.max(peak, Math.abs(sample));
  const least = span * (silence * peak) ** 2;
  const starts = new Int32Array(recording.length);
  let found = 0;
  let energy = 0;
  for (let end = 0; end < recording.length; end++) {
    energy += recording[end]! ** 2;
    if (end >= span) energy -= recording[end - span]! ** 2;
    if (end >= span - 1 && energy > least) starts[found++] = end - span + 1;
  }
  return starts.subarray(0, found);
}

function writeNormalised(window: Float32Array, out: Float32Array, offset: number): void {
  const mean = window.reduce((sum, value) => sum + value, 0) / window.length;
  const power = window.reduce((sum, value) => sum + (value - mean) ** 2, 0) / window.length;
  const factor = 1 / Math.sqrt(power);
  for (let i = 0; i < window.length; i++) out[offset + i] = (window[i]! - mean) * factor;
}
