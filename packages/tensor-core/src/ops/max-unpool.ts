import { ArgumentError, InputTooSmallError } from '../errors.ts';
import { integersFrom } from '../kinds.ts';
import { checkOptions, optionKinds } from '../options.ts';
import { elementCount, formatShape } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { filled } from '../filled.ts';
import { indexScope } from './index-errors.ts';
import { reshape } from './layout.ts';
import { requireFloating, requireIndex, requireShape } from './require.ts';
import { scatter } from './scatter.ts';
import { perAxis, spatialRank, type PerAxis } from './spatial.ts';

/** Options of `maxUnpool`. */
export interface MaxUnpoolOptions {
  /** Of the pooling undone. Default: the kernel size. */
  readonly stride?: PerAxis;
  /** Of the pooling undone. Default 0. */
  readonly padding?: PerAxis;
  /**
   * Spatial extents of the result, less than a stride away from (L - 1) stride - 2 padding + kernel size,
   * which is the default.
   */
  readonly outputSize?: PerAxis;
}

const maxUnpoolOptions = optionKinds<MaxUnpoolOptions>({
  stride: integersFrom(1),
  padding: integersFrom(0),
  outputSize: integersFrom(1),
});

/**
 * Puts each element of x [N, C, …] at the flat spatial position that `indices`, of the same shape, names;
 * 0 elsewhere: a partial inverse of `maxPoolWithIndices`. Of several at one position the last stays.
 * torch.nn.functional.max_unpool1d, 2d, 3d.
 * @throws ShapeError, DTypeError; ArgumentError for an outputSize that no such pooling has; IndexRangeError
 * for a position outside the result (on devices that can tell without waiting).
 */
export function maxUnpool(
  x: Tensor,
  indices: Tensor,
  kernelSize: PerAxis,
  options: MaxUnpoolOptions = {},
): Tensor {
  checkOptions('maxUnpool', options, maxUnpoolOptions);
  const op = 'maxUnpool';
  const dims = spatialRank(op, x);
  requireFloating(op, x);
  requireIndex(op, indices);
  requireShape(op, 'indices', indices, x.shape);
  const kernel = perAxis(op, 'kernelSize', kernelSize, dims);
  const stride = perAxis(op, 'stride', options.stride ?? kernel, dims);
  const padding = perAxis(op, 'padding', options.padding ?? 0, dims, 0);
  const usual = kernel.map((k, i) => (x.shape[i + 2]! - 1) * stride[i]! - 2 * padding[i]! + k);
  const size = perAxis(
    op,
    'outputSize',
    options.outputSize ?? usual.map((u) => Math.max(u, 1)),
    dims,
  );
  if (options.outputSize === undefined && usual.some((extent) => extent < 1)) {
    throw new InputTooSmallError(
      `${op}: input ${formatShape(x.shape)} is too small: the result would be ${formatShape(usual)}`,
    );
  }
  if (size.some((extent, i) => Math.abs(extent - usual[i]!) >= stride[i]!)) {
    throw new ArgumentError(
      `${op}: expected an outputSize less than the stride ${formatShape(stride)} away from ` +
        `${formatShape(usual)}, got ${formatShape(size)}`,
    );
  }
  const [batch, channels, ...spatial] = x.shape as [number, number, ...number[]];
  const places = [batch, channels, elementCount(spatial)];
  return indexScope(op, () => {
    const empty = filled(x, [batch, channels, elementCount(size)], 0);
    const y = scatter(empty, 2, reshape(indices, places), reshape(x, places));
    return reshape(y, [batch, channels, ...size]);
  });
}
