import { noGrad } from '../autograd.ts';
import { rand } from '../create.ts';
import { ArgumentError, InputTooSmallError } from '../errors.ts';
import { aTensor, integersFrom, perAxisNumbers } from '../kinds.ts';
import { checkOptions, optionKinds } from '../options.ts';
import { formatValue } from '../format-value.ts';
import { aGenerator, type Generator } from '../random.ts';
import { scope } from '../scope.ts';
import { contiguousStrides, elementCount, formatShape } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { add, floor, mul, sub } from './arithmetic.ts';
import { filled } from '../filled.ts';
import { cumsum } from './cumsum.ts';
import { gather } from './gather.ts';
import { cast, reshape } from './layout.ts';
import { concat, select } from './move.ts';
import { maxPoolWithIndices } from './pool.ts';
import { requireFloating, requireSameDType, requireShape } from './require.ts';
import { perAxis, spatialRank, type PerAxis } from './spatial.ts';

/** Options of `fractionalMaxPool`: the extents of the result, one way or the other. */
export interface FractionalMaxPoolOptions {
  /** Spatial extents of the result. */
  readonly outputSize?: PerAxis;
  /** Or what of the input's extents, between 0 and 1, rounded down. */
  readonly outputRatio?: number | readonly number[];
  /**
   * Where the windows lie: for each sample and channel a number from [0, 1) for each spatial axis, [N, C, d]. As in
   * PyTorch those of three axes come first axis first, of two last axis first. Default: drawn.
   */
  readonly randomSamples?: Tensor;
  /** What they are drawn from. Default: the stream seeded by `manualSeed`. */
  readonly generator?: Generator;
}

const fractionalMaxPoolOptions = optionKinds<FractionalMaxPoolOptions>({
  outputSize: integersFrom(1),
  outputRatio: perAxisNumbers,
  randomSamples: aTensor,
  generator: aGenerator,
});

/**
 * Greatest element of windows of `kernelSize`, whose distances are of two lengths in a random order, other ones in each
 * sample and channel. x [N, C, …] -> [N, C, …]. Graham, "Fractional Max-Pooling", 2014.
 * torch.nn.functional.fractional_max_pool2d, 3d.
 * @throws ShapeError, DTypeError; InputTooSmallError where so many windows do not fit; ArgumentError unless just one of
 * `outputSize` and `outputRatio` is given.
 */
export function fractionalMaxPool(
  x: Tensor,
  kernelSize: PerAxis,
  options: FractionalMaxPoolOptions,
): Tensor {
  const [values, indices] = pooled('fractionalMaxPool', x, kernelSize, options);
  indices.dispose();
  return values;
}

/** `fractionalMaxPool` with the flat position of each maximum in the input's spatial extent, as int32. */
export function fractionalMaxPoolWithIndices(
  x: Tensor,
  kernelSize: PerAxis,
  options: FractionalMaxPoolOptions,
): [values: Tensor, indices: Tensor] {
  return pooled('fractionalMaxPoolWithIndices', x, kernelSize, options);
}

function pooled(
  op: string,
  x: Tensor,
  kernelSize: PerAxis,
  options: FractionalMaxPoolOptions,
): [values: Tensor, indices: Tensor] {
  const dims = spatialRank(op, x);
  requireFloating(op, x);
  checkOptions(op, options, fractionalMaxPoolOptions);
  const kernel = perAxis(op, 'kernelSize', kernelSize, dims);
  const [batch, channels, ...extents] = x.shape as [number, number, ...number[]];
  const size = resultSize(op, extents, options);
  const least = size.map((out, i) => out + kernel[i]! - 1);
  if (extents.some((extent, i) => extent < least[i]!)) {
    throw new InputTooSmallError(
      `${op}: input ${formatShape(x.shape)} is too small: ${formatShape(size)} windows of ` +
        `${formatShape(kernel)} need at least ${formatShape(least)}`,
    );
  }
  const { randomSamples, generator } = options;
  if (randomSamples !== undefined) {
    requireSameDType(op, 'randomSamples', x, randomSamples);
    requireShape(op, 'randomSamples', randomSamples, [batch, channels, dims]);
  }
  const count = elementCount(size);
  return scope(() => {
    const flat = reshape(x, [batch, channels, elementCount(extents)]);
    const found = noGrad(() => {
      const samples =
        randomSamples ??
        rand([batch, channels, dims], { device: x.device, ...(generator && { generator }) });
      const candidates = windowElements(samples, { extents, size, kernel });
      const elements = elementCount(kernel);
      const [best, chosen] = maxPoolWithIndices(
        reshape(gather(flat, 2, candidates), [batch, channels, elements, count]),
        [elements, 1],
      );
      best.dispose();
      return gather(candidates, 2, reshape(chosen, [batch, channels, count]));
    });
    // Only what was found is read with a gradient.
    const shape = [batch, channels, ...size];
    return [reshape(gather(flat, 2, found), shape), reshape(found, shape)];
  });
}

interface Geometry {
  readonly extents: readonly number[];
  readonly size: readonly number[];
  readonly kernel: readonly number[];
}

/** The flat positions of the first elements of all windows, of the second ones, and so on: int32 [N, C, positions]. */
function windowElements(samples: Tensor, { extents, size, kernel }: Geometry): Tensor {
  const dims = extents.length;
  const strides = contiguousStrides(extents);
  const [batch, channels] = samples.shape as [number, number];
  const corner = extents
    .map((extent, axis) => {
      const sample = select(samples, 2, dims === 2 ? 1 - axis : axis);
      const starts = windowStarts(sample, extent, size[axis]!, kernel[axis]!);
      const along = size.map((out, i) => (i === axis ? out : 1));
      return mul(reshape(starts, [batch, channels, ...along]), strides[axis]!);
    })
    .reduce((a, b) => add(a, b));
  const first = reshape(corner, [batch, channels, elementCount(size)]);
  const offsets = kernel.reduce<number[]>(
    (all, k, axis) =>
      all.flatMap((offset) => Array.from({ length: k }, (_, i) => offset + i * strides[axis]!)),
    [0],
  );
  return concat(
    offsets.map((offset) => add(first, offset)),
    2,
  );
}

/**
 * Where the windows along an axis begin, int32 [N, C, count]: floor((i + u) α) - floor(u α) with the sample u, and the
 * last at the end. In single precision, as PyTorch computes them.
 */
function windowStarts(sample: Tensor, extent: number, count: number, kernel: number): Tensor {
  const { shape } = sample;
  const last = filled(sample, [...shape, 1], extent - kernel, 'int32');
  if (count === 1) return last;
  const step = Math.fround((extent - kernel) / (count - 1));
  const u = reshape(sample, [...shape, 1]);
  const i = sub(cumsum(filled(sample, [1, 1, count - 1], 1), 2), 1);
  const starts = sub(floor(mul(add(u, i), step)), floor(mul(u, step)));
  return concat([cast(starts, 'int32'), last], 2);
}

type FractionalSize = Pick<FractionalMaxPoolOptions, 'outputSize' | 'outputRatio'>;

/** @internal @throws ArgumentError unless just one of the two is given, for `dims` axes. */
export function requireFractionalSize(
  op: string,
  options: FractionalSize | undefined,
  dims: number,
): void {
  const { outputSize, outputRatio } = options ?? {};
  if ((outputSize === undefined) === (outputRatio === undefined)) {
    throw new ArgumentError(
      `${op}: expected either outputSize or outputRatio, got ` +
        (outputSize === undefined ? 'none' : 'both'),
    );
  }
  if (outputSize !== undefined) perAxis(op, 'outputSize', outputSize, dims);
  else if (outputRatio !== undefined) ratiosOf(op, outputRatio, dims);
}

/** One for each axis. @throws ArgumentError. */
function ratiosOf(op: string, ratio: number | readonly number[], dims: number): readonly number[] {
  const ratios = typeof ratio === 'number' ? Array.from({ length: dims }, () => ratio) : ratio;
  if (ratios.length === dims && ratios.every((r) => r > 0 && r < 1)) return ratios;
  throw new ArgumentError(
    `${op}: expected outputRatio between 0 and 1, or one for each of ${dims} spatial axes, got ` +
      formatValue(ratio),
  );
}

function resultSize(op: string, extents: readonly number[], options: FractionalSize): number[] {
  const dims = extents.length;
  requireFractionalSize(op, options, dims);
  const { outputSize, outputRatio } = options;
  if (outputRatio === undefined) return perAxis(op, 'outputSize', outputSize!, dims);
  const ratios = ratiosOf(op, outputRatio, dims);
  const size = extents.map((extent, i) => Math.floor(extent * ratios[i]!));
  if (size.some((out) => out < 1)) {
    throw new ArgumentError(
      `${op}: outputRatio ${formatValue(outputRatio)} leaves nothing of ${formatShape(extents)}`,
    );
  }
  return size;
}
