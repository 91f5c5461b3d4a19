import {
  aFiniteNumber,
  aGenerator,
  ArgumentError,
  checkOptions,
  currentGenerator,
  elementCount,
  fillRandom,
  optionKinds,
  tensor,
  type Generator,
} from '@convnet/tensor-core';

import type { Initializer } from './init.ts';

// Initialisers that draw on the host: rejection and orthogonalisation do not suit kernels.

function normals(count: number, generator: Generator): Float32Array {
  const values = new Float32Array(count);
  fillRandom(values, 'normal', generator.seed, generator.advance(count));
  return values;
}

/** Options of `truncatedNormal`. */
export interface TruncatedNormalOptions {
  /** Default 0. */
  readonly mean?: number;
  /** Before truncation. Default 1. */
  readonly std?: number;
  /** Least value. Default -2. */
  readonly low?: number;
  /** Greatest value. Default 2. */
  readonly high?: number;
  readonly generator?: Generator;
}

const truncatedNormalOptions = optionKinds<TruncatedNormalOptions>({
  mean: aFiniteNumber,
  std: aFiniteNumber,
  low: aFiniteNumber,
  high: aFiniteNumber,
  generator: aGenerator,
});

/**
 * Normal numbers that lie between `low` and `high`; others are drawn again. torch.nn.init.trunc_normal_, whose
 * bounds are values too, not deviations.
 * @throws ArgumentError where the bounds leave (nearly) nothing: both beyond 4 deviations on one side.
 */
export function truncatedNormal(options: TruncatedNormalOptions = {}): Initializer {
  checkOptions('truncatedNormal', options, truncatedNormalOptions);
  const { mean = 0, std = 1, low = -2, high = 2, generator } = options;
  if (!(low < high) || (low - mean) / std > 4 || (mean - high) / std > 4) {
    throw new ArgumentError(
      `truncatedNormal: expected bounds around a normal of mean ${mean} and deviation ${std}, got ` +
        `${low} and ${high}`,
    );
  }
  return (shape, device) => {
    const stream = generator ?? currentGenerator();
    const values = new Float32Array(elementCount(shape));
    let filled = 0;
    while (filled < values.length) {
      for (const z of normals(values.length - filled, stream)) {
        const value = mean + std * z;
        if (value >= low && value <= high) values[filled++] = value;
      }
    }
    return tensor(values, shape, { device });
  };
}

/** Options of `orthogonal`. */
export interface OrthogonalOptions {
  /** Default 1. */
  readonly gain?: number;
  readonly generator?: Generator;
}

const orthogonalOptions = optionKinds<OrthogonalOptions>({
  gain: aFiniteNumber,
  generator: aGenerator,
});

/**
 * A weight [out, in, k…] whose rows, or whose columns where there are fewer, are orthonormal times `gain`.
 * Saxe et al., "Exact solutions to the nonlinear dynamics of learning", ICLR 2014.
 * @throws ArgumentError below rank 2.
 */
export function orthogonal(options: OrthogonalOptions = {}): Initializer {
  checkOptions('orthogonal', options, orthogonalOptions);
  const { gain = 1, generator } = options;
  return (shape, device) => {
    if (shape.length < 2) {
      throw new ArgumentError(
        `orthogonal: expected a weight of at least 2 axes, got [${shape.join(', ')}]`,
      );
    }
    const rows = shape[0]!;
    const columns = elementCount(shape.slice(1));
    const vectors = Math.min(rows, columns);
    const length = Math.max(rows, columns);
    const basis = orthonormal(vectors, length, generator ?? currentGenerator());
    const values = new Float32Array(rows * columns);
    for (let v = 0; v < vectors; v++) {
      for (let i = 0; i < length; i++) {
        values[rows <= columns ? v * length + i : i * vectors + v] = gain * basis[v]![i]!;
      }
    }
    return tensor(values, shape, { device });
  };
}

/** Random orthonormal vectors: Gram and Schmidt's method, done twice to keep the rounding errors small. */
function orthonormal(count: number, length: number, generator: Generator): Float64Array[] {
  const done: Float64Array[] = [];
  for (let v = 0; v < count; v++) {
    const vector = Float64Array.from(normals(length, generator));
    for (const earlier of [...done, ...done]) {
      const along = vector.reduce((sum, value, i) => sum + value * earlier[i]!, 0);
      for (let i = 0; i < length; i++) vector[i]! -= along * earlier[i]!;
    }
    const norm = Math.hypot(...vector);
    done.push(vector.map((value) => value / norm));
  }
  return done;
}
