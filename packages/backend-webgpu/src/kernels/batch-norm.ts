import { elementCount, type Bounds, type Kernels, type Operand } from '@convnet/tensor-core';

import { float, type CommandSink, type Parameters } from '../commands/command-sink.ts';
import { memoryOf } from '../gpu-buffer.ts';
import {
  elementShader,
  head,
  layoutOf,
  shaderCache,
  type Binding,
  type Shader,
} from '../shader.ts';
import { allocate, giveBack, positionsOf, quietNaN } from './kernel-support.ts';
import { functionsFor } from './pointwise-functions.ts';
import { rowExpression } from './pointwise.ts';

/** Invocations of a workgroup. */
const invocations = 128;

/** Elements of a channel that a workgroup looks at: few enough to stay at hand for a second look. */
const share = 2048;

/**
 * A shader of a workgroup for each share of each channel. Parameters: workgroups, bits of NaN, channels, samples,
 * positions, shares of a channel. `body` sees `channel`, the number of elements `count` of the share, and loops over them
 * by `forEachElement`; `total` adds up over the workgroup.
 */
function shareShader(
  name: string,
  bindings: readonly Binding[],
  body: string,
  functions = '',
): Shader {
  const code = `${head(bindings)}${functions}
var<workgroup> shared_values: array<f32, ${invocations}>;
var<workgroup> shared_sums: array<f32, ${invocations / 8}>;
var<private> lane: i32;
fn total(value: f32) -> f32 {
  workgroupBarrier();
  shared_values[lane] = value;
  workgroupBarrier();
  if (lane < ${invocations / 8}) {
    var some = 0.0;
    for (var k = 0; k < 8; k++) { some += shared_values[k * ${invocations / 8} + lane]; }
    shared_sums[lane] = some;
  }
  workgroupBarrier();
  var all = 0.0;
  for (var k = 0; k < ${invocations / 8}; k++) { all += shared_sums[k]; }
  return all;
}
@compute @workgroup_size(${invocations})
fn main(@builtin(local_invocation_index) index: u32, @builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  lane = i32(index);
  let group = i32(id.y * groups.x + id.x);
  if (group >= p[0]) { return; }
  let channels = p[2];
  let positions = p[4];
  let part = group % p[5];
  let channel = group / p[5];
  let first = part * ${share};
  let count = min(p[3] * positions - first, ${share});
  // Samples and positions between two elements of an invocation.
  let samples_on = ${invocations} / positions;
  let positions_on = ${invocations} % positions;
  let first_sample = (first + lane) / positions;
  let first_position = (first + lane) % positions;
${body}
}
`;
  return { name, code, layout: layoutOf(bindings) };
}

/** A loop over the elements of a share: `at` is where one stands. Divisions are made once, then positions count on. */
function forEachElement(body: string): string {
  return `{
    var sample = first_sample;
    var position = first_position;
    for (var k = lane; k < count; k += ${invocations}) {
      let at = (sample * channels + channel) * positions + position;
      ${body}
      sample += samples_on;
      position += positions_on;
      if (position >= positions) { position -= positions; sample += 1; }
    }
  }`;
}

/** The first element of a channel, from which distances keep what there is of a small deviation beside a great mean. */
const pivot = `
fn pivot_of(channel: i32, positions: i32) -> f32 {
  let first = x[channel * positions];
  return select(0.0, first, is_finite(first));
}
`;

/**
 * Mean and variance of each share, which the workgroup reads once: distances from the pivot make a rough mean, and those
 * from it the rest of the mean, which is kept apart, and the variance, 0 of equal values.
 */
const shareStatistics = shareShader(
  'batchNorm statistics of shares',
  [
    { name: 'x', type: 'f32' },
    { name: 'shares', type: 'f32', writes: true },
  ],
  `  let pivot = pivot_of(channel, positions);
  var rough = 0.0;
  ${forEachElement('rough += x[at] - pivot;')}
  let about = pivot + total(rough) / f32(count);
  // From an infinity, and from a sum that has overflowed, there is no distance.
  let near = select(0.0, about, is_finite(about));
  var distances = 0.0;
  var squares = 0.0;
  ${forEachElement('let v = x[at] - near; distances += v; squares += v * v;')}
  let rest = total(distances) / f32(count);
  let square = select(rest * rest, 0.0, is_finite(rest) && !is_finite(rest * rest));
  let spread = total(squares) / f32(count) - square;
  if (lane == 0) {
    shares[3 * group] = near;
    shares[3 * group + 1] = rest;
    shares[3 * group + 2] = greater(spread, 0.0);
  }`,
  pivot,
);

/**
 * Joins the shares of each channel, in order, and moves the running statistics. Parameters: channels, shares, elements of a channel, what is kept of the running statistics, and the shares of mean and variance in them.
 */
const joinedStatistics = shaderCache((hasRunning: boolean, hasBatches: boolean) =>
  elementShader(
    `batchNorm statistics${hasRunning ? ', running' : ''}${hasBatches ? ', counted' : ''}`,
    [
      { name: 'shares', type: 'f32' },
      { name: 'mean', type: 'f32', writes: true },
      { name: 'variance', type: 'f32', writes: true },
      ...(hasRunning
        ? ([
            { name: 'running_mean', type: 'f32', writes: true },
            { name: 'running_variance', type: 'f32', writes: true },
          ] as const)
        : []),
      ...(hasBatches ? ([{ name: 'batches', type: 'i32', writes: true }] as const) : []),
    ],
    `  // Of shares alike only differences are added up, so that a great mean takes nothing from them.
  let base = shares[3 * i * p[1]];
  let rough = base + mean_from(i, base);
  // From near the mean, so that where the first share lies far off takes nothing from it either.
  let near = select(base, rough, is_finite(rough));
  let m = mean_from(i, near);
  var v = 0.0;
  for (var k = 0; k < p[1]; k++) {
    let apart = distance(i * p[1] + k, near) - m;
    v += share_of(k) * (shares[3 * (i * p[1] + k) + 2] + select(apart * apart, 0.0, p[1] == 1));
  }
  let all = near + m;
  mean[i] = all;
  variance[i] = v;
  ${
    hasRunning
      ? `running_mean[i] = pf(3) * running_mean[i] + pf(4) * all;
  running_variance[i] = pf(3) * running_variance[i] + pf(5) * v;`
      : ''
  }
  ${hasBatches ? 'if (i == 0) { batches[0] += 1; }' : ''}`,
    `fn share_of(k: i32) -> f32 { return select(f32(min(p[2] - k * ${share}, ${share})) / f32(p[2]), 1.0, p[1] == 1); }
fn distance(at: i32, base: f32) -> f32 { return (shares[3 * at] - base) + shares[3 * at + 1]; }
fn mean_from(i: i32, base: f32) -> f32 {
  var m = 0.0;
  for (var k = 0; k < p[1]; k++) { m += share_of(k) * distance(i * p[1] + k, base); }
  return m;
}
`,
  ),
);

const bounded = rowExpression('hardtanh', 'f32', 'float32');
const boundedGrad = rowExpression('hardtanhGrad', 'f32', 'float32');

/**
 * Parameters: vectors or elements, bits of NaN, channels, vectors or elements of a channel of a sample, epsilon, bounds.
 */
const normalize = shaderCache(
  (hasWeight: boolean, hasBias: boolean, hasBounds: boolean, isVector: boolean) => {
    const type = isVector ? 'vec4f' : 'f32';
    const names = [
      hasWeight && 'weight',
      hasBias && 'bias',
      hasBounds && 'bounds',
      isVector && 'vectors',
    ];
    return elementShader(
      ['batchNorm', ...names.filter((name) => name !== false)].join(' '),
      [
        { name: 'x', type },
        { name: 'mean', type: 'f32' },
        { name: 'variance', type: 'f32' },
        ...(hasWeight ? [{ name: 'weight', type: 'f32' } as const] : []),
        ...(hasBias ? [{ name: 'bias', type: 'f32' } as const] : []),
        { name: 'y', type, writes: true },
      ],
      `  let c = (i / p[3]) % p[2];
  let inverse = 1.0 / sqrt(variance[c] + pf(4));
  let v = x[i];
  y[i] = ${
    isVector
      ? `vec4f(${['x', 'y', 'z', 'w'].map((k) => `normal(v.${k}, mean[c], inverse, c)`).join(', ')})`
      : 'normal(v, mean[c], inverse, c)'
  };`,
      `${hasBounds ? functionsFor(bounded) : ''}
fn normal(x: f32, mean: f32, inverse: f32, c: i32) -> f32 {
  var a = (x - mean) * inverse;
  ${hasWeight ? 'a *= weight[c];' : ''}
  ${hasBias ? 'a += bias[c];' : ''}
  ${hasBounds ? `let s0 = pf(5); let s1 = pf(6); return ${bounded};` : 'return a;'}
}
`,
    );
  },
);

/** Numbers of a channel that `gradientLine` leaves for the last pass. */
const lineLength = 6;

/** A gradient that has come through the bounds, from what the batch norm gave: `passed(g, x, …)`. */
const passed = `
fn passed(g: f32, x: f32, mean: f32, inverse: f32, weight: f32, bias: f32, low: f32, high: f32) -> f32 {
  let a = g; let b = (x - mean) * inverse * weight + bias; let s0 = low; let s1 = high;
  return ${boundedGrad};
}
`;

/** Parameters behind those of shares: epsilon, bounds. */
const gradientShares = shaderCache((hasWeight: boolean, hasBias: boolean, hasBounds: boolean) => {
  const own = [hasBounds && hasWeight && 'weight', hasBounds && hasBias && 'bias'].filter(
    (name) => name !== false,
  );
  const g = hasBounds
    ? `passed(dy[at], x[at], mean[channel], inverse, ${hasWeight ? 'weight[channel]' : '1.0'}, ${hasBias ? 'bias[channel]' : '0.0'}, pf(7), pf(8))`
    : 'dy[at]';
  return shareShader(
    ['batchNorm gradient of shares', ...(hasBounds ? ['bounds'] : []), ...own].join(' '),
    [
      { name: 'x', type: 'f32' },
      { name: 'dy', type: 'f32' },
      { name: 'mean', type: 'f32' },
      { name: 'variance', type: 'f32' },
      ...own.map((name) => ({ name, type: 'f32' }) as const),
      { name: 'shares', type: 'f32', writes: true },
    ],
    `  ${hasBounds ? 'let inverse = 1.0 / sqrt(variance[channel] + pf(6));' : ''}
  var sum = 0.0;
  var products = 0.0;
  ${forEachElement(`let g = ${g}; sum += g; products += g * (x[at] - mean[channel]);`)}
  let sums = total(sum);
  let all_products = total(products);
  if (lane == 0) { shares[2 * group] = sums; shares[2 * group + 1] = all_products; }`,
    hasBounds ? `${functionsFor(boundedGrad)}${passed}` : '',
  );
});

/**
 * Joins the shares, in order, into the gradients of weight and bias, and for each channel the numbers that make dx from
 * dy, x and the mean. Parameters: channels, bits of NaN, shares, elements of a channel, epsilon. With the parameters it has
 * eight buffers, as many as every device allows.
 */
const gradientLine = shaderCache((hasWeight: boolean, hasBias: boolean) =>
  elementShader(
    `batchNorm gradient line${hasWeight ? ' weight' : ''}${hasBias ? ' bias' : ''}`,
    [
      { name: 'shares', type: 'f32' },
      { name: 'variance', type: 'f32' },
      ...(hasWeight ? [{ name: 'weight', type: 'f32' } as const] : []),
      ...(hasBias ? [{ name: 'bias', type: 'f32' } as const] : []),
      { name: 'dweight', type: 'f32', writes: true },
      { name: 'dbias', type: 'f32', writes: true },
      { name: 'line', type: 'f32', writes: true },
    ],
    `  var sums = 0.0;
  var products = 0.0;
  for (var k = 0; k < p[2]; k++) {
    sums += shares[2 * (i * p[2] + k)];
    products += shares[2 * (i * p[2] + k) + 1];
  }
  let inverse = 1.0 / sqrt(variance[i] + pf(4));
  let slope = products * inverse;
  let own_weight = ${hasWeight ? 'weight[i]' : '1.0'};
  dbias[i] = sums;
  dweight[i] = slope;
  line[${lineLength} * i] = inverse * own_weight;
  line[${lineLength} * i + 1] = inverse * slope / f32(p[3]);
  line[${lineLength} * i + 2] = sums / f32(p[3]);
  line[${lineLength} * i + 3] = inverse;
  line[${lineLength} * i + 4] = own_weight;
  line[${lineLength} * i + 5] = ${hasBias ? 'bias[i]' : '0.0'};`,
  ),
);

/** Parameters: vectors or elements, bits of NaN, channels, vectors or elements of a channel of a sample, bounds. */
const inputGradient = shaderCache((hasBounds: boolean, isVector: boolean) => {
  const type = isVector ? 'vec4f' : 'f32';
  const g = hasBounds
    ? 'passed(dy, x, mean, line[c + 3], line[c + 4], line[c + 5], pf(4), pf(5))'
    : 'dy';
  return elementShader(
    `batchNorm input gradient${hasBounds ? ' bounds' : ''}${isVector ? ' vectors' : ''}`,
    [
      { name: 'x', type },
      { name: 'dy', type },
      { name: 'line', type: 'f32' },
      { name: 'means', type: 'f32' },
      { name: 'dx', type, writes: true },
    ],
    `  let channel = (i / p[3]) % p[2];
  let c = ${lineLength} * channel;
  let mean = means[channel];
  let v = x[i];
  let g = dy[i];
  dx[i] = ${
    isVector
      ? `vec4f(${['x', 'y', 'z', 'w'].map((k) => `gradient(v.${k}, g.${k}, c, mean)`).join(', ')})`
      : 'gradient(v, g, c, mean)'
  };`,
    `${hasBounds ? `${functionsFor(boundedGrad)}${passed}` : ''}
fn gradient(x: f32, dy: f32, c: i32, mean: f32) -> f32 {
  return line[c] * (${g} - line[c + 2] - (x - mean) * line[c + 1]);
}
`,
  );
});

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

function boundsOf(bounds: Bounds | null): Parameters {
  return bounds === null ? [] : [float(bounds.low), float(bounds.high)];
}

export function batchNormKernels(
  sink: CommandSink,
): Pick<Kernels, 'batchNorm' | 'batchNormGrad' | 'batchNormInference'> {
  function normalized(
    x: Operand,
    weight: Operand | null,
    bias: Operand | null,
    [mean, variance]: readonly [Operand, Operand],
    epsilon: number,
    bounds: Bounds | null,
  ): ReturnType<typeof allocate> {
    const y = allocate(sink, x);
    const { reads, readsOfPlane, channels, isVector } = sizesOf(x);
    const operands = [x, mean, variance, weight, bias].filter((operand) => operand !== null);
    sink.dispatch(
      normalize(weight !== null, bias !== null, bounds !== null, isVector),
      [reads, quietNaN, channels, readsOfPlane, float(epsilon), ...boundsOf(bounds)],
      [...operands.map(memoryOf), y.memory],
      reads,
    );
    return y;
  }

  return {
    batchNorm(x, weight, bias, epsilon, kept, bounds) {
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
      return [normalized(x, weight, bias, statistics, epsilon, bounds), mean, variance];
    },

    batchNormGrad(x, dy, weight, bias, mean, variance, epsilon, bounds) {
      const sizes = sizesOf(x);
      const { channels, count, shares, groups, isVector, reads } = sizes;
      const perChannel = { shape: [channels], dtype: x.dtype };
      const dweight = allocate(sink, perChannel);
      const dbias = allocate(sink, perChannel);
      const dx = allocate(sink, x);
      const present = (...operands: (Operand | null)[]) =>
        operands.filter((operand) => operand !== null).map(memoryOf);
      const hasBounds = bounds !== null;
      // What the bounds let through is computed again, so that nothing is kept for it.
      const [ownWeight, ownBias] = hasBounds ? [weight, bias] : [null, null];
      const partial = allocate(sink, { shape: [2 * groups], dtype: x.dtype });
      sink.dispatchGroups(
        gradientShares(ownWeight !== null, ownBias !== null, hasBounds),
        [...sizes.parameters, float(epsilon), ...boundsOf(bounds)],
        [...present(x, dy, mean, variance, ownWeight, ownBias), partial.memory],
        groups,
      );
      const line = allocate(sink, { shape: [lineLength * channels], dtype: x.dtype });
      sink.dispatch(
        gradientLine(weight !== null, ownBias !== null),
        [channels, quietNaN, shares, count, float(epsilon)],
        [
          partial.memory,
          ...present(variance, weight, ownBias),
          dweight.memory,
          dbias.memory,
          line.memory,
        ],
        channels,
      );
      sink.dispatch(
        inputGradient(hasBounds, isVector),
        [reads, quietNaN, channels, sizes.readsOfPlane, ...boundsOf(bounds)],
        [...present(x, dy), line.memory, memoryOf(mean), dx.memory],
        reads,
      );
      giveBack(sink, partial);
      giveBack(sink, line);
      return [dx, dweight, dbias];
    },

    batchNormInference(x, weight, bias, mean, variance, epsilon) {
      return normalized(x, weight, bias, [mean, variance], epsilon, null);
    },
  };
}
