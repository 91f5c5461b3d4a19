/** Kernels that the transform has: every way to place three twos among nine weights. */
export const kernelCount = 84;

/** Samples that a kernel weighs. */
export const kernelLength = 9;

/** One dilation, and how many features each kernel has with it. */
export interface DilationPlan {
  readonly dilation: number;
  readonly features: number;
}

/** Dilations at most, as in the authors' code. */
const mostDilations = 32;

/**
 * The dilations for series of a length: powers of two with fractional exponents, evenly spread up to the one with which
 * a kernel reaches over the whole series, rounded down; equal ones are one with more features. Section 3.2 of the paper.
 * @param featuresPerKernel the sum of the features of all dilations
 */
export function planDilations(length: number, featuresPerKernel: number): readonly DilationPlan[] {
  const drawn = Math.min(featuresPerKernel, mostDilations);
  const largest = Math.max(0, Math.log2((length - 1) / (kernelLength - 1)));
  const counts = new Map<number, number>();
  for (let i = 0; i < drawn; i++) {
    const exponent = drawn === 1 ? 0 : (i / (drawn - 1)) * largest;
    const dilation = Math.floor(2 ** exponent);
    counts.set(dilation, (counts.get(dilation) ?? 0) + 1);
  }
  const plan = Array.from(counts, ([dilation, count]) => ({
    dilation,
    features: Math.floor((count * featuresPerKernel) / drawn),
  }));
  let left = featuresPerKernel - plan.reduce((sum, { features }) => sum + features, 0);
  for (let i = 0; left > 0; i = (i + 1) % plan.length, left--) plan[i]!.features++;
  return plan;
}

/** The kernels [84, 1, 9], flat: two at three places, minus one at the others, so that each adds up to nothing. */
export function fixedKernels(): Float32Array {
  const values = new Float32Array(kernelCount * kernelLength).fill(-1);
  let kernel = 0;
  for (let a = 0; a < kernelLength; a++) {
    for (let b = a + 1; b < kernelLength; b++) {
      for (let c = b + 1; c < kernelLength; c++) {
        for (const place of [a, b, c]) values[kernel * kernelLength + place] = 2;
        kernel++;
      }
    }
  }
  return values;
}

/** `count` numbers spread evenly over [0, 1) in an order that has no pattern: multiples of the golden ratio. */
export function goldenQuantiles(count: number): Float64Array {
  const ratio = (Math.sqrt(5) + 1) / 2;
  return Float64Array.from({ length: count }, (_, i) => ((i + 1) * ratio) % 1);
}

/** The `share` quantile of numbers in ascending order, between two of them by a straight line. numpy.quantile. */
export function quantile(ascending: ArrayLike<number>, share: number): number {
  const position = share * (ascending.length - 1);
  const below = Math.floor(position);
  const above = Math.min(below + 1, ascending.length - 1);
  return ascending[below]! + (position - below) * (ascending[above]! - ascending[below]!);
}
