/*
 * The matrices that Resize stands for, one for each axis: what each position of the result is made of. ONNX operators,
 * Resize-19.
 */

export const coordinateModes = [
  'half_pixel',
  'pytorch_half_pixel',
  'half_pixel_symmetric',
  'align_corners',
  'asymmetric',
  'tf_half_pixel_for_nn',
  'tf_crop_and_resize',
] as const;

export const nearestModes = ['round_prefer_floor', 'round_prefer_ceil', 'floor', 'ceil'] as const;

export interface AxisResize {
  readonly mode: 'nearest' | 'linear' | 'cubic';
  readonly extent: number;
  readonly out: number;
  readonly scale: number;
  readonly coordinates: (typeof coordinateModes)[number];
  readonly nearest: (typeof nearestModes)[number];
  readonly cubicCoefficient: number;
  readonly excludeOutside: boolean;
  readonly antialias: boolean;
  /** The part that `tf_crop_and_resize` takes, from 0 to 1. */
  readonly crop: readonly [start: number, end: number];
}

/** The position in the input that position `o` of the result stands for. */
export function originalPosition(o: number, axis: AxisResize): number {
  const { extent, out, scale, crop } = axis;
  switch (axis.coordinates) {
    case 'half_pixel':
      return (o + 0.5) / scale - 0.5;
    case 'tf_half_pixel_for_nn':
      return (o + 0.5) / scale;
    case 'pytorch_half_pixel':
      return out > 1 ? (o + 0.5) / scale - 0.5 : 0;
    case 'half_pixel_symmetric': {
      const offset = (extent / 2) * (1 - out / (extent * scale));
      return offset + (o + 0.5) / scale - 0.5;
    }
    case 'align_corners': {
      // By the extent that the factor asks for, which need not be whole.
      const asked = extent * scale;
      return asked > 1 ? (o * (extent - 1)) / (asked - 1) : 0;
    }
    case 'asymmetric':
      return o / scale;
    case 'tf_crop_and_resize': {
      const [start, end] = crop;
      if (out === 1) return 0.5 * (start + end) * (extent - 1);
      return start * (extent - 1) + (o * (end - start) * (extent - 1)) / (out - 1);
    }
    default:
      return o;
  }
}

function nearestOf(position: number, mode: AxisResize['nearest']): number {
  if (mode === 'floor') return Math.floor(position);
  if (mode === 'ceil') return Math.ceil(position);
  return mode === 'round_prefer_floor' ? Math.ceil(position - 0.5) : Math.floor(position + 0.5);
}

/** The positions of the nearest elements. */
export function nearestPositions(axis: AxisResize): number[] {
  return Array.from({ length: axis.out }, (_, o) => {
    const found = nearestOf(originalPosition(o, axis), axis.nearest);
    return Math.min(Math.max(found, 0), axis.extent - 1);
  });
}

/** Keys, "Cubic convolution interpolation for digital image processing", 1981, equation 15. */
function cubic(distance: number, a: number): number {
  const d = Math.abs(distance);
  if (d <= 1) return ((a + 2) * d - (a + 3)) * d * d + 1;
  return d < 2 ? a * (((d - 5) * d + 8) * d - 4) : 0;
}

/** The matrix [extent, out] of linear and cubic modes, row-major. */
export function resizeMatrix(axis: AxisResize): Float32Array<ArrayBuffer> {
  const { extent, out, scale, mode, cubicCoefficient, excludeOutside, antialias } = axis;
  const support = mode === 'linear' ? 1 : 2;
  const kernel = (d: number): number =>
    mode === 'linear' ? Math.max(0, 1 - Math.abs(d)) : cubic(d, cubicCoefficient);
  // A result that is smaller is made of all that it covers.
  const shrink = antialias && scale < 1 ? scale : 1;
  const reach = support / shrink;
  const matrix = new Float32Array(extent * out);
  for (let o = 0; o < out; o++) {
    const position = originalPosition(o, axis);
    const first = Math.floor(position - reach) + 1;
    const last = Math.ceil(position + reach) - 1;
    const taps: [at: number, weight: number][] = [];
    for (let at = first; at <= Math.max(first, last); at++) {
      const isOutside = at < 0 || at >= extent;
      if (isOutside && excludeOutside) continue;
      taps.push([Math.min(Math.max(at, 0), extent - 1), kernel((at - position) * shrink)]);
    }
    const total = taps.reduce((sum, [, weight]) => sum + weight, 0);
    for (const [at, weight] of taps) matrix[at * out + o]! += total === 0 ? 0 : weight / total;
  }
  return matrix;
}
