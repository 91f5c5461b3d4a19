import { ArgumentError, ShapeError } from '../errors.ts';
import { requireTensor } from '../require-tensor.ts';
import { scope } from '../scope.ts';
import { elementCount, formatShape } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { reshape } from './layout.ts';
import { permute, transpose } from './move.ts';
import { perAxis, spatialRank, type PerAxis } from './spatial.ts';
import { requireInteger } from './require.ts';

/**
 * Mixes the channels of x [N, C, …] across `groups`: channel g of the groups' first channels, then of
 * their second, and so on. Zhang et al., "ShuffleNet", CVPR 2018, figure 1.
 * @throws ShapeError below rank 2, ArgumentError where the groups do not divide the channels.
 */
export function channelShuffle(x: Tensor, groups: number): Tensor {
  requireTensor('channelShuffle', x);
  if (x.rank < 2) {
    throw new ShapeError(`channelShuffle: expected input [N, C, …], got ${formatShape(x.shape)}`);
  }
  requireInteger('channelShuffle', 'groups', groups, 1);
  const [batch, channels, ...spatial] = x.shape as [number, number, ...number[]];
  if (channels % groups !== 0) {
    throw new ArgumentError(
      `channelShuffle: ${channels} channels do not divide into ${groups} groups`,
    );
  }
  return scope(() => {
    const grouped = reshape(x, [batch, groups, channels / groups, elementCount(spatial)]);
    return reshape(transpose(grouped, 1, 2), x.shape);
  });
}

/**
 * Moves channels into space: [N, C r^d, …] -> [N, C, … r] over d spatial axes, or a factor for each axis.
 * Shi et al., "Real-Time Single Image and Video Super-Resolution", CVPR 2016, equation 4.
 * @throws ShapeError below rank 3, ArgumentError where the factors do not divide the channels.
 */
export function pixelShuffle(x: Tensor, upscaleFactor: PerAxis): Tensor {
  const dims = spatialRank('pixelShuffle', x);
  const factors = perAxis('pixelShuffle', 'upscaleFactor', upscaleFactor, dims);
  const [batch, channels, ...spatial] = x.shape as [number, number, ...number[]];
  const block = elementCount(factors);
  if (channels % block !== 0) {
    throw new ArgumentError(
      `pixelShuffle: ${channels} channels do not divide into blocks ${formatShape(factors)}`,
    );
  }
  return scope(() => {
    const blocks = reshape(x, [batch, channels / block, ...factors, ...spatial]);
    const pairs = factors.flatMap((_, i) => [2 + dims + i, 2 + i]);
    return reshape(permute(blocks, [0, 1, ...pairs]), [
      batch,
      channels / block,
      ...spatial.map((extent, i) => extent * factors[i]!),
    ]);
  });
}

/**
 * Moves space into channels: [N, C, … r] -> [N, C r^d, …]. The inverse of `pixelShuffle`.
 * @throws ShapeError below rank 3, ArgumentError where the factors do not divide the spatial extents.
 */
export function pixelUnshuffle(x: Tensor, downscaleFactor: PerAxis): Tensor {
  const dims = spatialRank('pixelUnshuffle', x);
  const factors = perAxis('pixelUnshuffle', 'downscaleFactor', downscaleFactor, dims);
  const [batch, channels, ...spatial] = x.shape as [number, number, ...number[]];
  if (spatial.some((extent, i) => extent % factors[i]! !== 0)) {
    throw new ArgumentError(
      `pixelUnshuffle: extents ${formatShape(spatial)} do not divide by ${formatShape(factors)}`,
    );
  }
  const small = spatial.map((extent, i) => extent / factors[i]!);
  return scope(() => {
    const blocks = reshape(x, [
      batch,
      channels,
      ...small.flatMap((extent, i) => [extent, factors[i]!]),
    ]);
    const order = [...factors.map((_, i) => 3 + 2 * i), ...factors.map((_, i) => 2 + 2 * i)];
    return reshape(permute(blocks, [0, 1, ...order]), [
      batch,
      channels * elementCount(factors),
      ...small,
    ]);
  });
}
