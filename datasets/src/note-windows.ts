/** Length and number of windows to cut from one recording. */
export interface WindowOptions {
  /** Samples in a window. */
  readonly length: number;
  readonly count: number;
  /** Least root mean square of a window, as a fraction of the recording's peak: quieter ones are silence. */
  readonly silence: number;
}

/**
 * Cuts `count` windows, spread evenly over the places of a recording that are not silent (windows overlap
 * where there are few), brings each to mean 0 and root mean square 1, and writes them one after another to
 * `out` from `offset` on. Returns false, and writes nothing, where the recording has too few such places.
 */
export function cutWindows(
  samples: Float32Array,
  options: WindowOptions,
  out: Float32Array,
  offset: number,
): boolean {
  const { length, count, silence } = options;
  const starts = audibleStarts(samples, length, silence);
  if (starts.length < count) return false;
  for (let i = 0; i < count; i++) {
    const place = count === 1 ? 0 : Math.round((i * (starts.length - 1)) / (count - 1));
    writeNormalised(samples, starts[place]!, length, out, offset + i * length);
  }
  return true;
}

/** Positions from which `length` samples lie inside the recording and are not silent. */
function audibleStarts(samples: Float32Array, length: number, silence: number): number[] {
  let peak = 0;
  for (const sample of samples) peak = Math.max(peak, Math.abs(sample));
  const least = length * (silence * peak) ** 2;
  const starts: number[] = [];
  let energy = 0;
  for (let end = 0; end < samples.length; end++) {
    energy += samples[end]! ** 2;
    if (end >= length) energy -= samples[end - length]! ** 2;
    if (end >= length - 1 && energy > least) starts.push(end - length + 1);
  }
  return starts;
}

function writeNormalised(
  samples: Float32Array,
  start: number,
  length: number,
  out: Float32Array,
  offset: number,
): void {
  let sum = 0;
  for (let i = 0; i < length; i++) sum += samples[start + i]!;
  const mean = sum / length;
  let power = 0;
  for (let i = 0; i < length; i++) power += (samples[start + i]! - mean) ** 2;
  const factor = 1 / Math.sqrt(power / length);
  for (let i = 0; i < length; i++) out[offset + i] = (samples[start + i]! - mean) * factor;
}
