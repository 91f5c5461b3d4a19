import { ShapeError } from '../errors.ts';
import { aTensor, integersFrom, numberFrom, orNull, requireKind } from '../kinds.ts';
import { checkOptions, optionKinds } from '../options.ts';
import { scope } from '../scope.ts';
import { elementCount, formatShape, sameShape } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { add, mul, square } from './arithmetic.ts';
import { rsqrt } from './elementary.ts';
import { normalizeRows, type NormOptionsWithAffine } from './group-norm.ts';
import { affine, requireParameters } from './normalize.ts';
import { mean } from './reduce.ts';
import { requireFloating } from './require.ts';

const layerNormOptions = optionKinds<NormOptionsWithAffine>({
  weight: orNull(aTensor),
  bias: orNull(aTensor),
  epsilon: numberFrom(0, Infinity),
});
const rmsNormOptions = optionKinds<Omit<NormOptionsWithAffine, 'bias'>>({
  weight: orNull(aTensor),
  epsilon: numberFrom(0, Infinity),
});

const aNormalizedShape = integersFrom(1);

/** @throws ShapeError unless the last extents of `x` are `shape`. */
function requireLastExtents(op: string, x: Tensor, shape: readonly number[]): void {
  if (shape.length === 0 || !sameShape(x.shape.slice(-shape.length), shape)) {
    throw new ShapeError(
      `${op}: expected input [..., ${shape.join(', ')}] for normalizedShape ${formatShape(shape)}, ` +
        `got ${formatShape(x.shape)}`,
    );
  }
}

/**
 * Normalises over the last axes, whose extents are `normalizedShape`; weight and bias have that shape.
 * Ba et al., "Layer Normalization", 2016.
 * @throws ShapeError, DTypeError, ArgumentError.
 */
export function layerNorm(
  x: Tensor,
  normalizedShape: number | readonly number[],
  options: NormOptionsWithAffine = {},
): Tensor {
  checkOptions('layerNorm', options, layerNormOptions);
  const { weight = null, bias = null, epsilon = 1e-5 } = options;
  const op = 'layerNorm';
  requireKind(op, 'normalizedShape', normalizedShape, aNormalizedShape);
  const shape = typeof normalizedShape === 'number' ? [normalizedShape] : normalizedShape;
  requireFloating(op, x);
  requireLastExtents(op, x, shape);
  requireParameters(op, x, { weight, bias }, shape);
  const extent = elementCount(shape);
  return scope(() => affine(normalizeRows(x, x.size / extent, extent, epsilon), weight, bias));
}

/**
 * x / sqrt(mean of x² + epsilon) * weight over the last axes, whose extents are `normalizedShape`. Zhang
 * and Sennrich, "Root Mean Square Layer Normalization", NeurIPS 2019.
 * @throws ShapeError, DTypeError, ArgumentError.
 */
export function rmsNorm(
  x: Tensor,
  normalizedShape: number | readonly number[],
  options: Omit<NormOptionsWithAffine, 'bias'> = {},
): Tensor {
  checkOptions('rmsNorm', options, rmsNormOptions);
  const { weight = null, epsilon = 1e-5 } = options;
  const op = 'rmsNorm';
  requireKind(op, 'normalizedShape', normalizedShape, aNormalizedShape);
  const shape = typeof normalizedShape === 'number' ? [normalizedShape] : normalizedShape;
  requireFloating(op, x);
  requireLastExtents(op, x, shape);
  requireParameters(op, x, { weight }, shape);
  const axes = shape.map((_, i) => x.rank - shape.length + i);
  return scope(() => {
    const power = mean(square(x), axes, { keepDim: true });
    return affine(mul(x, rsqrt(add(power, epsilon))), weight, null);
  });
}
