import type { ResampleAxis } from '../backend.ts';

/** The matrix of one axis and its transpose, which is its gradient. */
export interface ResampleMatrix {
  readonly axis: ResampleAxis;
  readonly adjoint: ResampleAxis;
}

/** How the positions of an axis are read to make another extent of it. */
export interface AxisOptions {
  readonly mode: 'nearest' | 'nearest-exact' | 'linear' | 'cubic';
  readonly extent: number;
  readonly out: number;
  readonly alignCorners: boolean;
  /** The factor to step by, where it was given instead of `out`. */
  readonly factor?: number | undefined;
}

interface Tap {
  readonly index: number;
  readonly weight: number;
}

/** Matrices are the same for the same options, and backends may cache by identity what they derive. */
const known = new Map<string, ResampleMatrix>();
const knownLimit = 256;

/** The matrix that reads `extent` positions at `out` places. */
export function resampleMatrix(options: AxisOptions): ResampleMatrix {
  const { mode, extent, out, alignCorners, factor } = options;
  const key = [mode, extent, out, alignCorners, factor].join();
  let matrix = known.get(key);
  if (matrix === undefined) {
    const rows = Array.from({ length: out }, (_, o) => tapsAt(o, options));
    matrix = { axis: compress(rows), adjoint: compress(transposed(rows, extent)) };
    if (known.size >= knownLimit) known.clear();
    known.set(key, matrix);
  }
  return matrix;
}

/** What output position `o` reads. */
function tapsAt(o: number, options: AxisOptions): Tap[] {
  const { mode, extent, out, alignCorners, factor } = options;
  if (mode === 'nearest' || mode === 'nearest-exact') {
    return [{ index: nearestTo(o, options), weight: 1 }];
  }
  const around = mode === 'cubic' ? cubic : between;
  if (alignCorners) return around(out > 1 ? (o * (extent - 1)) / (out - 1) : 0, extent);
  // PyTorch copies where nothing is resized, even if the factor says otherwise.
  const step = extent === out ? 1 : factor === undefined ? extent / out : 1 / factor;
  const position = step * (o + 0.5) - 0.5;
  return mode === 'cubic' ? cubic(position, extent) : between(Math.max(position, 0), extent);
}

/**
 * The four neighbours of a position, those outside read at the edge, weighted by the cubic convolution of Keys, "Cubic
 * convolution interpolation for digital image processing", 1981, with a = -3/4 as PyTorch has it.
 */
function cubic(position: number, extent: number): Tap[] {
  const a = -0.75;
  const near = (t: number): number => ((a + 2) * t - (a + 3)) * t * t + 1;
  const far = (t: number): number => ((a * t - 5 * a) * t + 8 * a) * t - 4 * a;
  const below = Math.floor(position);
  const share = position - below;
  return [far(share + 1), near(share), near(1 - share), far(2 - share)]
    .map((weight, i) => ({
      index: Math.min(Math.max(below - 1 + i, 0), extent - 1),
      weight,
    }))
    .filter(({ weight }) => weight !== 0);
}

/** Rounded to single precision at each step, as PyTorch computes it whatever the tensor's type. */
function nearestTo(o: number, { mode, extent, out, factor }: AxisOptions): number {
  const step = Math.fround(factor === undefined ? extent / out : 1 / factor);
  const position = mode === 'nearest' ? o * step : (o + 0.5) * step;
  return Math.min(Math.floor(Math.fround(position)), extent - 1);
}

/** The two neighbours of a position, weighted by nearness. */
function between(position: number, extent: number): Tap[] {
  const index = Math.min(Math.floor(position), extent - 1);
  const weight = Math.min(position - index, 1);
  if (weight === 0 || index === extent - 1) return [{ index, weight: 1 }];
  return [
    { index, weight: 1 - weight },
    { index: index + 1, weight },
  ];
}

function transposed(rows: readonly (readonly Tap[])[], extent: number): Tap[][] {
  const columns = Array.from({ length: extent }, (): Tap[] => []);
  rows.forEach((taps, o) => {
    for (const { index, weight } of taps) columns[index]!.push({ index: o, weight });
  });
  return columns;
}

function compress(rows: readonly (readonly Tap[])[]): ResampleAxis {
  const taps = rows.flat();
  const first = new Int32Array(rows.length + 1);
  rows.forEach((row, o) => {
    first[o + 1] = first[o]! + row.length;
  });
  return {
    first,
    index: Int32Array.from(taps, (tap) => tap.index),
    weight: Float32Array.from(taps, (tap) => tap.weight),
  };
}
