import {
  elementCount,
  type BatchNormKernels,
  type Bounds,
  type DeviceBuffer,
  type Operand,
  type RunningStatistics,
} from '@convnet/tensor-core';

import { float, type CommandSink, type Parameters } from '../commands/command-sink.ts';
import { memoryOf, type Memory } from '../gpu-buffer.ts';
import { elementShader, shaderCache } from '../shader.ts';
import {
  gateOf,
  gradientLine,
  gradientShares,
  inputGradient,
  lineLength,
  residualGradientShares,
} from './batch-norm-gradient.ts';
import { joinedStatistics, share, shareStatistics } from './batch-norm-shares.ts';
import { allocate, giveBack, positionsOf, quietNaN } from './kernel-support.ts';
import { functionsFor } from './pointwise-functions.ts';
import { rowExpression } from './pointwise.ts';

const bounded = rowExpression('hardtanh', 'f32', 'float32');

/**
 * Parameters: vectors or elements, bits of NaN, channels, vectors or elements of a channel of a sample, epsilon, bounds.
 */
const normalize = shaderCache(
  (
    hasWeight: boolean,
    hasBias: boolean,
    hasResidual: boolean,
    hasBounds: boolean,
    isVector: boolean,
  ) => {
    const type = isVector ? 'vec4f' : 'f32';
    const names = [
      hasWeight && 'weight',
      hasBias && 'bias',
      hasResidual && 'residual',
      hasBounds && 'bounds',
      isVector && 'vectors',
    ];
    const result = (k: string): string =>
      `normal(v${k}, mean[c], inverse, c, ${hasResidual ? `r${k}` : '0.0'})`;
    return elementShader(
      ['batchNorm', ...names.filter((name) => name !== false)].join(' '),
      [
        { name: 'x', type },
        { name: 'mean', type: 'f32' },
        { name: 'variance', type: 'f32' },
        ...(hasWeight ? [{ name: 'weight', type: 'f32' } as const] : []),
        ...(hasBias ? [{ name: 'bias', type: 'f32' } as const] : []),
        ...(hasResidual ? [{ name: 'residual', type } as const] : []),
        { name: 'y', type, writes: true },
      ],
      `  let c = (i / p[3]) % p[2];
  let inverse = 1.0 / sqrt(variance[c] + pf(4));
  let v = x[i];
  ${hasResidual ? 'let r = residual[i];' : ''}
  y[i] = ${isVector ? `vec4f(${['.x', '.y', '.z', '.w'].map(result).join(', ')})` : result('')};`,
      `${hasBounds ? functionsFor(bounded) : ''}
fn normal(x: f32, mean: f32, inverse: f32, c: i32, residual: f32) -> f32 {
  var a = (x - mean) * inverse;
  ${hasWeight ? 'a *= weight[c];' : ''}
  ${hasBias ? 'a += bias[c];' : ''}
  ${hasResidual ? 'a += residual;' : ''}
  ${hasBounds ? `let s0 = pf(5); let s1 = pf(6); return ${bounded};` : 'return a;'}
}
`,
    );
  },
);

interface Sizes {
  readonly channels: number;
  readonly positions: number;
  /** Elements of a channel. */
  readonly count: number;
  readonly shares: number;
  /** Parameters of `shareShader`, and how many workgroups. */
  readonly groups: number;
  readonly parameters: Parameters;
  /** Whether four elements can be read as one, and how many such there are, in all and of a channel of a sample. */
  readonly isVector: boolean;
  readonly reads: number;
  readonly readsOfPlane: number;
}

function sizesOf(x: Operand): Sizes {
  const [samples, channels] = [x.shape[0]!, x.shape[1]!];
  const positions = positionsOf(x.shape);
  const count = samples * positions;
  const shares = Math.max(Math.ceil(count / share), 1);
  const groups = channels * shares;
  const isVector = positions % 4 === 0;
  const width = isVector ? 4 : 1;
  return {
    channels,
    positions,
    count,
    shares,
    groups,
    parameters: [groups, quietNaN, channels, samples, positions, shares],
    isVector,
    reads: elementCount(x.shape) / width,
    readsOfPlane: positions / width,
  };
}

function boundWords(bounds: Bounds | null): Parameters {
  return bounds === null ? [] : [float(bounds.low), float(bounds.high)];
}

function present(...operands: readonly (Operand | null)[]): Memory[] {
  return operands.filter((operand) => operand !== null).map(memoryOf);
}

export function batchNormKernels(sink: CommandSink): Required<BatchNormKernels> {
  function normalized(
    x: Operand,
    residual: Operand | null,
    weight: Operand | null,
    bias: Operand | null,
    [mean, variance]: readonly [Operand, Operand],
    epsilon: number,
    bounds: Bounds | null,
  ): ReturnType<typeof allocate> {
    const y = allocate(sink, x);
    const { reads, readsOfPlane, channels, isVector } = sizesOf(x);
    const all = [x, mean, variance, weight, bias, residual];
    const operands = all.filter((operand) => operand !== null);
    sink.dispatch(
      normalize(weight !== null, bias !== null, residual !== null, bounds !== null, isVector),
      [reads, quietNaN, channels, readsOfPlane, float(epsilon), ...boundWords(bounds)],
      [...operands.map(memoryOf), y.memory],
      reads,
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
    kept: RunningStatistics | null,
    bounds: Bounds | null,
  ): [DeviceBuffer, DeviceBuffer, DeviceBuffer] {
    const { channels, count, shares, groups, parameters } = sizesOf(x);
    const perChannel = { shape: [channels], dtype: x.dtype };
    const mean = allocate(sink, perChannel);
    const variance = allocate(sink, perChannel);
    const partial = allocate(sink, { shape: [3 * groups], dtype: x.dtype });
    sink.dispatchGroups(shareStatistics, parameters, [memoryOf(x), partial.memory], groups);
    const momentum = kept?.momentum ?? 0;
    const running = kept === null ? [] : [kept.mean, kept.variance];
    const batches = kept?.batches ?? null;
    sink.dispatch(
      joinedStatistics(kept !== null, batches !== null),
      [
        channels,
        shares,
        count,
        float(1 - momentum),
        float(momentum),
        float((momentum * count) / (count - 1)),
      ],
      [
        partial.memory,
        mean.memory,
        variance.memory,
        ...[...running, ...(batches === null ? [] : [batches])].map(memoryOf),
      ],
      channels,
    );
    giveBack(sink, partial);
    const statistics = [
      { ...perChannel, buffer: mean },
      { ...perChannel, buffer: variance },
    ] as const;
    return [normalized(x, residual, weight, bias, statistics, epsilon, bounds), mean, variance];
  }

  interface Gradient {
    readonly x: Operand;
    /** As the last pass reads it: what the bounds let through already, where `gate` is null. */
    readonly dy: Operand;
    readonly weight: Operand | null;
    readonly bias: Operand | null;
    readonly mean: Operand;
    readonly variance: Operand;
    readonly epsilon: number;
    readonly bounds: Bounds | null;
  }

  /** The gradients from what `sums` writes down for each share of each channel. */
  function backward(
    { x, dy, weight, bias, mean, variance, epsilon, bounds }: Gradient,
    sums: (partial: Memory, sizes: Sizes) => void,
  ): [DeviceBuffer, DeviceBuffer, DeviceBuffer] {
    const sizes = sizesOf(x);
    const { channels, count, shares, groups, isVector, reads } = sizes;
    const perChannel = { shape: [channels], dtype: x.dtype };
    const dweight = allocate(sink, perChannel);
    const dbias = allocate(sink, perChannel);
    const dx = allocate(sink, x);
    const partial = allocate(sink, { shape: [2 * groups], dtype: x.dtype });
    sums(partial.memory, sizes);
    const line = allocate(sink, { shape: [lineLength * channels], dtype: x.dtype });
    sink.dispatch(
      gradientLine(weight !== null, bias !== null),
      [channels, quietNaN, shares, count, float(epsilon)],
      [
        partial.memory,
        ...present(variance, weight, bias),
        dweight.memory,
        dbias.memory,
        line.memory,
      ],
      channels,
    );
    sink.dispatch(
      inputGradient(gateOf(bounds), isVector),
      [reads, quietNaN, channels, sizes.readsOfPlane, ...boundWords(bounds)],
      [...present(x, dy), line.memory, memoryOf(mean), dx.memory],
      reads,
    );
    giveBack(sink, partial);
    giveBack(sink, line);
    return [dx, dweight, dbias];
  }

  return {
    batchNorm: (x, weight, bias, epsilon, kept, bounds) =>
      forward(x, null, weight, bias, epsilon, kept, bounds),

    batchNormResidual: forward,

    batchNormGrad(x, dy, weight, bias, mean, variance, epsilon, bounds) {
      // What the bounds let through is computed again, so that nothing is kept for it.
      const [ownWeight, ownBias] = bounds === null ? [null, null] : [weight, bias];
      const gradient = { x, dy, weight, bias: ownBias, mean, variance, epsilon, bounds };
      return backward(gradient, (partial, { parameters, groups }) => {
        sink.dispatchGroups(
          gradientShares(ownWeight !== null, ownBias !== null, gateOf(bounds)),
          [...parameters, float(epsilon), ...boundWords(bounds)],
          [...present(x, dy, mean, variance, ownWeight, ownBias), partial],
          groups,
        );
      });
    },

    batchNormResidualGrad(x, y, dy, weight, mean, variance, epsilon, bounds) {
      const gradient = { x, dy, weight, bias: null, mean, variance, epsilon, bounds: null };
      return backward(gradient, (partial, { parameters, groups }) => {
        sink.dispatchGroups(
          residualGradientShares(gateOf(bounds)),
          [...parameters, ...boundWords(bounds)],
          [...present(x, y, mean, dy), partial],
          groups,
        );
      });
    },

    batchNormInference(x, weight, bias, mean, variance, epsilon) {
      return normalized(x, null, weight, bias, [mean, variance], epsilon, null);
    },
  };
}
