import {
  elementCount,
  type BatchNormKernels,
  type Bounds,
  type DeviceBuffer,
  type Operand,
  type RunningStatistics,
} from '@convnet/tensor-core';

import {
  float,
  type Float,
  type KernelContext,
  type LaunchShape,
  type Word,
} from '../commands/kernel-context.ts';
import { memoryOf, type Memory } from '../cuda-buffer.ts';
import { mostSigned, requireCountable } from './countable.ts';
import { blockThreads } from './launching.ts';

/** Rows that a thread looks at, at most where sums are made (so that rounding stays small), and where none are. */
const mostRowsOfSums = 64;
const rowsOfThread = 8;

/** Blocks that keep a device busy. */
const enoughBlocks = 512;

/** Channels of a block that joins shares, and threads for each. */
const joinedChannels = 32;
const joiningThreads = 8;

/** x [N, C, …] as a matrix [rows, channels], and how blocks go over it. */
export interface Matrix {
  readonly rows: number;
  readonly channels: number;
  /** Channels that a thread has: 4 or 1. */
  readonly width: 4 | 1;
  /** Blocks that together have all channels. */
  readonly tiles: number;
  /** For passes that write what they read, and for those that make sums. */
  readonly passing: LaunchShape;
  readonly summing: LaunchShape;
  readonly rowsOfShare: number;
  readonly shares: number;
}

export function matrixOf({ shape }: Pick<Operand, 'shape'>): Matrix {
  const channels = shape[1]!;
  const rows = shape[0]! * elementCount(shape.slice(2));
  requireCountable('batchNorm', { rows, channels }, mostSigned);
  const width = channels % 4 === 0 ? 4 : 1;
  const vectors = channels / width;
  const across = Math.min(2 ** Math.ceil(Math.log2(Math.max(vectors, 1))), 32);
  const down = blockThreads / across;
  const tiles = Math.max(Math.ceil(vectors / across), 1);
  const block = [across, down, 1] as const;
  const wanted = Math.max(Math.floor(enoughBlocks / tiles), 1);
  const each = Math.min(Math.max(Math.ceil(rows / (down * wanted)), 4), mostRowsOfSums);
  const rowsOfShare = down * each;
  const shares = Math.max(Math.ceil(rows / rowsOfShare), 1);
  return {
    rows,
    channels,
    width,
    tiles,
    passing: { grid: [tiles * Math.ceil(rows / (down * rowsOfThread)), 1, 1], block },
    summing: { grid: [tiles * shares, 1, 1], block },
    rowsOfShare,
    shares,
  };
}

/** A grid that joins the shares of channels. */
function overChannels(channels: number): LaunchShape {
  return {
    grid: [Math.ceil(channels / joinedChannels), 1, 1],
    block: [joinedChannels, joiningThreads, 1],
  };
}

function boundWords(bounds: Bounds | null): [low: Float, high: Float] {
  return [float(bounds?.low ?? -Infinity), float(bounds?.high ?? Infinity)];
}

const optional = (operand: Operand | null): Memory | null =>
  operand === null ? null : memoryOf(operand);

/** How gradients go through bounds, as the kernels number it. */
function gateOf(bounds: Bounds | null): number {
  if (bounds === null) return 0;
  return bounds.isOneSided ? 2 : 1;
}

export function batchNormKernels(context: KernelContext): Required<BatchNormKernels> {
  function normalize(
    x: Operand,
    residual: Operand | null,
    weight: Operand | null,
    bias: Operand | null,
    [mean, variance]: readonly [Memory, Memory],
    epsilon: number,
    bounds: Bounds | null,
  ) {
    const y = context.allocate(x);
    const { rows, channels, width, tiles, passing } = matrixOf(x);
    context.launch(
      `batch_norm_normalize_${width}`,
      passing,
      [memoryOf(x), mean, variance, optional(weight), optional(bias), optional(residual), y.memory],
      [rows, channels, tiles, float(epsilon), ...boundWords(bounds)],
    );
    return y;
  }

  /** Batch norm, with a residual added where there is one. */
  function forward(
    x: Operand,
    residual: Operand | null,
    weight: Operand | null,
    bias: Operand | null,
    epsilon: number,
    running: RunningStatistics | null,
    bounds: Bounds | null,
  ): [DeviceBuffer, DeviceBuffer, DeviceBuffer] {
    const { rows, channels, width, tiles, summing, rowsOfShare, shares } = matrixOf(x);
    const perChannel = { shape: [channels], dtype: x.dtype };
    const mean = context.allocate(perChannel);
    const variance = context.allocate(perChannel);
    const partial = context.scratch(3 * 8 * shares * channels);
    context.launch(
      `batch_norm_statistics_${width}`,
      summing,
      [memoryOf(x), partial],
      [rows, channels, tiles, rowsOfShare],
    );
    const momentum = running?.momentum ?? 0;
    context.launch(
      'batch_norm_join_statistics',
      overChannels(channels),
      [
        partial,
        mean.memory,
        variance.memory,
        optional(running?.mean ?? null),
        optional(running?.variance ?? null),
        optional(running?.batches ?? null),
      ],
      [
        rows,
        channels,
        rowsOfShare,
        shares,
        float(1 - momentum),
        float(momentum),
        float((momentum * rows) / (rows - 1)),
      ],
    );
    const statistics = [mean.memory, variance.memory] as const;
    const y = normalize(x, residual, weight, bias, statistics, epsilon, bounds);
    return [y, mean, variance];
  }

  /** What the passes of a gradient are given. */
  interface Gradient {
    readonly x: Operand;
    readonly dy: Operand;
    readonly weight: Operand | null;
    readonly bias: Operand | null;
    readonly mean: Operand;
    readonly variance: Operand;
    readonly epsilon: number;
    /** Bounds that `dy` has not come through yet. */
    readonly bounds: Bounds | null;
  }

  /** The gradients from the sums that `sums` makes of each share of each channel. */
  function backward(
    { x, dy, weight, bias, mean, variance, epsilon, bounds }: Gradient,
    sums: (inputs: readonly (Memory | null)[], ending: readonly Word[], partial: Memory) => void,
  ): [DeviceBuffer, DeviceBuffer, DeviceBuffer] {
    const { rows, channels, width, tiles, passing, shares } = matrixOf(x);
    const perChannel = { shape: [channels], dtype: x.dtype };
    const dx = context.allocate(x);
    const dweight = context.allocate(perChannel);
    const dbias = context.allocate(perChannel);
    const inputs = [
      memoryOf(x),
      memoryOf(dy),
      memoryOf(mean),
      memoryOf(variance),
      optional(weight),
      optional(bias),
    ];
    const ending = [gateOf(bounds), float(epsilon), ...boundWords(bounds)];
    const partial = context.scratch(2 * 4 * shares * channels);
    sums(inputs, ending, partial);
    context.launch(
      'batch_norm_join_gradients',
      overChannels(channels),
      [partial, memoryOf(variance), dweight.memory, dbias.memory],
      [channels, shares, float(epsilon)],
    );
    context.launch(
      `batch_norm_input_gradient_${width}`,
      passing,
      [...inputs, dweight.memory, dbias.memory, dx.memory],
      [rows, channels, tiles, ...ending],
    );
    return [dx, dweight, dbias];
  }

  return {
    batchNorm: (x, weight, bias, epsilon, running, bounds) =>
      forward(x, null, weight, bias, epsilon, running, bounds),

    batchNormResidual: forward,

    batchNormGrad(x, dy, weight, bias, mean, variance, epsilon, bounds) {
      const { rows, channels, width, tiles, summing, rowsOfShare } = matrixOf(x);
      const gradient = { x, dy, weight, bias, mean, variance, epsilon, bounds };
      return backward(gradient, (inputs, ending, partial) => {
        context.launch(
          `batch_norm_gradient_sums_${width}`,
          summing,
          [...inputs, partial],
          [rows, channels, tiles, rowsOfShare, ...ending],
        );
      });
    },

    batchNormResidualGrad(x, y, dy, weight, mean, variance, epsilon, bounds) {
      const { rows, channels, width, tiles, summing, rowsOfShare } = matrixOf(x);
      const gradient = { x, dy, weight, bias: null, mean, variance, epsilon, bounds: null };
      return backward(gradient, (_, __, partial) => {
        context.launch(
          `batch_norm_residual_gradient_sums_${width}`,
          summing,
          [memoryOf(x), memoryOf(y), memoryOf(dy), memoryOf(mean), partial],
          [rows, channels, tiles, rowsOfShare, gateOf(bounds), ...boundWords(bounds)],
        );
      });
    },

    batchNormInference(x, weight, bias, mean, variance, epsilon) {
      const statistics = [memoryOf(mean), memoryOf(variance)] as const;
      return normalize(x, null, weight, bias, statistics, epsilon, null);
    },
  };
}
