import {
  elementShader,
  head,
  layoutOf,
  shaderCache,
  type Binding,
  type Shader,
} from '../shader.ts';

/** Invocations of a workgroup. */
const invocations = 128;

/** Elements of a channel that a workgroup looks at: few enough to stay at hand for a second look. */
export const share = 2048;

/**
 * A shader of a workgroup for each share of each channel. Parameters: workgroups, bits of NaN, channels, samples,
 * positions, shares of a channel. `body` sees `channel`, the number of elements `count` of the share, and loops over them
 * by `forEachElement`; `total` adds up over the workgroup.
 */
export function shareShader(
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
export function forEachElement(body: string): string {
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
export const shareStatistics: Shader = shareShader(
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
export const joinedStatistics: (hasRunning: boolean, hasBatches: boolean) => Shader = shaderCache(
  (hasRunning: boolean, hasBatches: boolean) =>
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
