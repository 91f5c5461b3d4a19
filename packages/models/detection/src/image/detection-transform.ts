import {
  concat,
  div,
  interpolate,
  pad,
  reshape,
  ShapeError,
  sub,
  tensor,
  type Generator,
  type Tensor,
} from '@convnet/tensor-core';

export interface DetectionTransformOptions {
  /** Images are resized so that their shorter side is this; one is drawn where there are several. null: as they come. */
  readonly minSize: readonly number[] | null;
  /** But their longer side is no more than this. */
  readonly maxSize: number;
  /** Subtracted from each channel of values from 0 to 1. */
  readonly mean: readonly number[];
  /** Each channel is then divided by it. */
  readonly std: readonly number[];
  /** Batches are padded to multiples of it. */
  readonly sizeDivisible: number;
}

/** Images of different sizes as one batch. */
export interface ImageBatch {
  /** [N, C, …], with zeros behind smaller images. */
  readonly images: Tensor;
  /** Spatial extents of each image in it. */
  readonly sizes: readonly (readonly number[])[];
  /** Spatial extents of the images as they came. */
  readonly originalSizes: readonly (readonly number[])[];
}

const f = Math.fround;

/** @throws ShapeError that names the image, for other channels or ranks. */
export function requireImageShapes(
  images: readonly Tensor[],
  { mean }: DetectionTransformOptions,
  dims: number,
): void {
  images.forEach(({ rank, shape, size }, i) => {
    if (rank === dims + 1 && shape[0] === mean.length && size > 0) return;
    throw new ShapeError(
      `image ${i}: expected [${mean.length}, ${dims === 1 ? 'L' : 'H, W'}], got [${shape.join(', ')}]`,
    );
  });
}

/**
 * Normalises images [C, …] of shapes that `requireImageShapes` lets pass, resizes and pads them to one batch. torchvision's GeneralizedRCNNTransform.
 * @param training whether one of several sizes is drawn; else the last one is taken
 */
export function batchImages(
  images: readonly Tensor[],
  { minSize, maxSize, mean, std, sizeDivisible }: DetectionTransformOptions,
  dims: number,
  training: boolean,
  generator: Generator,
): ImageBatch {
  const channels = mean.length;
  const resized = images.map((image) => {
    const perChannel = (values: readonly number[]): Tensor =>
      tensor(Float32Array.from(values), [1, channels, ...image.shape.slice(1).map(() => 1)], {
        device: image.device,
      });
    const batched = reshape(image, [1, ...image.shape]);
    const normal = div(sub(batched, perChannel(mean)), perChannel(std));
    if (minSize === null) return normal;
    const choice = training
      ? Math.floor(generator.uniform(1)[0]! * minSize.length)
      : minSize.length - 1;
    const size = resizedExtents(image.shape.slice(1), minSize[choice]!, maxSize);
    return interpolate(normal, { size, mode: 'linear' });
  });
  const sizes = resized.map((image) => image.shape.slice(2));
  const extents = Array.from({ length: dims }, (_, axis) => {
    const most = Math.max(...sizes.map((size) => size[axis]!));
    return Math.ceil(most / sizeDivisible) * sizeDivisible;
  });
  const padded = resized.map((image) => {
    const amounts = extents.map((extent, axis) => [0, extent - image.shape[axis + 2]!] as const);
    return amounts.every(([, behind]) => behind === 0) ? image : pad(image, amounts);
  });
  return {
    images: padded.length === 1 ? padded[0]! : concat(padded, 0),
    sizes,
    originalSizes: images.map((image) => image.shape.slice(1)),
  };
}

/** Extents with the shorter one `minSize`, or the longer one `maxSize` where it would be more; in single precision. */
function resizedExtents(
  extents: readonly number[],
  minSize: number,
  maxSize: number,
): readonly number[] {
  const scale = Math.min(f(minSize / Math.min(...extents)), f(maxSize / Math.max(...extents)));
  return extents.map((extent) => Math.max(Math.floor(extent * scale), 1));
}
