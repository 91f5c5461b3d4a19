/** Weights of a resize as Pillow computes them (`Resample.c`), in fixed point. */

/** Bits behind the point of a weight: 8 bits of colour and 2 to spare leave 22 of 32. */
export const precision = 22;

interface Filter {
  /** Distance at which the weight has become 0, for a picture that keeps its size. */
  readonly support: number;
  weight(distance: number): number;
}

const filters: Readonly<Record<'bilinear' | 'bicubic', Filter>> = {
  bilinear: { support: 1, weight: (x) => Math.max(0, 1 - Math.abs(x)) },
  // R. Keys, "Cubic Convolution Interpolation for Digital Image Processing", 1981, with a = -1/2.
  bicubic: {
    support: 2,
    weight: (signed) => {
      const x = Math.abs(signed);
      if (x < 1) return (1.5 * x - 2.5) * x * x + 1;
      return x < 2 ? ((-0.5 * x + 2.5) * x - 4) * x + 2 : 0;
    },
  },
};

/** For each element of the result: where the elements begin that it is made of, how many there are, and their weights. */
export interface Weights {
  readonly starts: Int32Array;
  readonly counts: Int32Array;
  /** `stride` for each element of the result. */
  readonly weights: Int32Array;
  readonly stride: number;
}

function weightsOf(from: number, to: number, { support, weight }: Filter): Weights {
  const scale = from / to;
  // Of a picture that grows the filter is as wide as its own pixels.
  const stretch = Math.max(scale, 1);
  const reach = support * stretch;
  const stride = Math.ceil(reach) * 2 + 1;
  const starts = new Int32Array(to);
  const counts = new Int32Array(to);
  const weights = new Int32Array(to * stride);
  const exact = new Float64Array(stride);
  for (let i = 0; i < to; i++) {
    const centre = (i + 0.5) * scale;
    const start = Math.max(Math.trunc(centre - reach + 0.5), 0);
    const count = Math.min(Math.trunc(centre + reach + 0.5), from) - start;
    let sum = 0;
    for (let x = 0; x < count; x++) {
      exact[x] = weight((x + start - centre + 0.5) * (1 / stretch));
      sum += exact[x]!;
    }
    for (let x = 0; x < count; x++) {
      const fixed = (exact[x]! / sum) * (1 << precision);
      weights[i * stride + x] = Math.trunc(fixed < 0 ? fixed - 0.5 : fixed + 0.5);
    }
    starts[i] = start;
    counts[i] = count;
  }
  return { starts, counts, weights, stride };
}

/** Sizes come again and again, the whole of a folder as a rule to one size. */
const cache = new Map<string, Weights>();

export function cachedWeights(from: number, to: number, kind: 'bilinear' | 'bicubic'): Weights {
  const key = `${kind} ${from} ${to}`;
  let found = cache.get(key);
  if (found === undefined) {
    found = weightsOf(from, to, filters[kind]);
    if (cache.size >= 512) cache.clear();
    cache.set(key, found);
  }
  return found;
}
