import type { DType } from '@convnet/tensor-core';
/** Greatest error allowed, relative to the greatest magnitude in a result. */
export interface Tolerance {
  readonly forward: number;
  readonly gradient: number;
}

/** One pass of arithmetic, or sums of at most about a thousand terms. */
const ordinary: Tolerance = { forward: 1e-5, gradient: 1e-4 };

/** Sums of thousands of terms, which a device may add up in float32. */
const long: Tolerance = { forward: 1e-4, gradient: 1e-4 };

/** Random options, among which rounding errors may be large beside what cancellation leaves. */
const random: Tolerance = { forward: 1e-4, gradient: 1e-3 };

/** The same bits. */
const exact: Tolerance = { forward: 0, gradient: 0 };

/**
 * Operations that move elements or round by a rule: results are equal bit by bit. Their gradients may add
 * elements up, so they are held to the ordinary bound.
 */
const exactForward: Tolerance = { forward: 0, gradient: ordinary.gradient };

/** Whose results are single elements of the input. */
const picking: readonly string[] = (
  'adaptiveMaxPool adaptiveMaxPoolWithIndices argsort channelShuffle concat expand flatten flip gather globalMaxPool ' +
  'indexSelect max maxPool maxPoolWithIndices maxUnpool min oneHot pad padMode permute ' +
  'pixelShuffle pixelUnshuffle repeat reshape roll scatter select slice sort split squeeze stack ' +
  'tile topk transpose unsqueeze'
).split(' ');

const byOperation: Readonly<Record<string, Tolerance>> = {
  fill: exact,
  'random program': random,
  random: exact,
  upload: exact,
  ...Object.fromEntries(picking.map((op) => [op, exactForward])),
};

/**
 * The stated tolerance of an operation. Integers and bools are always exact; float32 is within 1e-5 of the
 * result's scale, 1e-4 for gradients and after long sums, and exact where nothing is computed.
 */
export function toleranceOf(op: string, dtype: DType, isLong = false): Tolerance {
  if (dtype !== 'float32' && dtype !== 'float64') return exact;
  return byOperation[op] ?? (isLong ? long : ordinary);
}
