import { ArgumentError, ShapeError } from '../errors.ts';
import { aTensor, orNull, numberFrom } from '../kinds.ts';
import { checkOptions, optionKinds } from '../options.ts';
import { requireTensor } from '../require-tensor.ts';
import { scope } from '../scope.ts';
import { elementCount, formatShape } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { reshape } from './layout.ts';
import { affine, normalize, requireParameters, requireSeveral } from './normalize.ts';
import { requireFloating, requireInteger } from './require.ts';

/** Options of `groupNorm`, `layerNorm` and `rmsNorm`. */
export interface NormOptionsWithAffine {
  /** Scale. Default none. */
  readonly weight?: Tensor | null;
  /** Added at the end. Default none. */
  readonly bias?: Tensor | null;
  /** Added to the variance. Default 1e-5. */
  readonly epsilon?: number;
}

const groupNormOptions = optionKinds<NormOptionsWithAffine>({
  weight: orNull(aTensor),
  bias: orNull(aTensor),
  epsilon: numberFrom(0, Infinity),
});

/**
 * Normalises each sample of x [N, C, …] over each of `numGroups` groups of channels and all positions;
 * weight and bias are [C]. Wu and He, "Group Normalization", ECCV 2018.
 * @throws ShapeError, DTypeError; ArgumentError where the groups do not divide the channels.
 */
export function groupNorm(
  x: Tensor,
  numGroups: number,
  options: NormOptionsWithAffine = {},
): Tensor {
  requireTensor('groupNorm', x);
  checkOptions('groupNorm', options, groupNormOptions);
  const { weight = null, bias = null, epsilon = 1e-5 } = options;
  const op = 'groupNorm';
  if (x.rank < 2)
    throw new ShapeError(`${op}: expected input [N, C, …], got ${formatShape(x.shape)}`);
  requireFloating(op, x);
  requireInteger(op, 'numGroups', numGroups, 1);
  const [batch, channels, ...spatial] = x.shape as [number, number, ...number[]];
  if (channels % numGroups !== 0) {
    throw new ArgumentError(`${op}: ${channels} channels do not divide into ${numGroups} groups`);
  }
  requireParameters(op, x, { weight, bias }, [channels]);
  const positions = elementCount(spatial);
  const perGroup = (channels / numGroups) * positions;
  requireSeveral(op, x, batch * perGroup, 'group');
  const perChannel = [1, channels, ...spatial.map(() => 1)];
  return scope(() => {
    const y = normalizeRows(x, batch * numGroups, perGroup, epsilon);
    return affine(y, weight && reshape(weight, perChannel), bias && reshape(bias, perChannel));
  });
}

/** Normalises each of `rows` stretches of `extent` elements by itself. */
export function normalizeRows(x: Tensor, rows: number, extent: number, epsilon: number): Tensor {
  if (x.size === 0) return x;
  const [y] = normalize(reshape(x, [1, rows, extent]), null, null, epsilon);
  return reshape(y, x.shape);
}
