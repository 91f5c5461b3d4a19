import type { Bounds } from '@convnet/tensor-core';

import { elementShader, shaderCache, type Shader } from '../shader.ts';
import { forEachElement, shareShader } from './batch-norm-shares.ts';
import { functionsFor } from './pointwise-functions.ts';
import { rowExpression } from './pointwise.ts';

/** How gradients go through bounds. */
type BoundedGate = 'one-sided' | 'between';

/** Open where there are none. */
type Gate = BoundedGate | 'open';

export function gateOf(bounds: Bounds): BoundedGate;
export function gateOf(bounds: Bounds | null): Gate;
export function gateOf(bounds: Bounds | null): Gate {
  if (bounds === null) return 'open';
  return bounds.isOneSided ? 'one-sided' : 'between';
}

/** A gradient `a` that has come through the bounds `s0` and `s1` at a result `b`. */
const passing = {
  'one-sided': 'select(a, 0.0, b <= s0)',
  between: rowExpression('hardtanhGrad', 'f32', 'float32'),
};

/** Numbers of a channel that `gradientLine` leaves for the last pass. */
export const lineLength = 6;

/** A gradient that has come through the bounds, from what the batch norm gave: `passed(g, x, …)`. */
function passed(gate: BoundedGate): string {
  return `${functionsFor(passing[gate])}
fn passed(g: f32, x: f32, mean: f32, inverse: f32, weight: f32, bias: f32, low: f32, high: f32) -> f32 {
  let a = g; let b = (x - mean) * inverse * weight + bias; let s0 = low; let s1 = high;
  return ${passing[gate]};
}
`;
}

/** Parameters behind those of shares: epsilon, bounds. */
export const gradientShares: (hasWeight: boolean, hasBias: boolean, gate: Gate) => Shader =
  shaderCache((hasWeight: boolean, hasBias: boolean, gate: Gate) => {
    const hasBounds = gate !== 'open';
    const own = [hasBounds && hasWeight && 'weight', hasBounds && hasBias && 'bias'].filter(
      (name) => name !== false,
    );
    const g = hasBounds
      ? `passed(dy[at], x[at], mean[channel], inverse, ${hasWeight ? 'weight[channel]' : '1.0'}, ${hasBias ? 'bias[channel]' : '0.0'}, pf(7), pf(8))`
      : 'dy[at]';
    return shareShader(
      ['batchNorm gradient of shares', ...(hasBounds ? ['bounds', gate] : []), ...own].join(' '),
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
      gate === 'open' ? '' : passed(gate),
    );
  });

/**
 * The same where the results, of which the batch norm was only a part, are read: what the bounds let through is written
 * over the gradient. Parameters behind those of shares: bounds.
 */
export const residualGradientShares: (gate: BoundedGate) => Shader = shaderCache(
  (gate: BoundedGate) =>
    shareShader(
      `batchNorm gradient of shares residual ${gate}`,
      [
        { name: 'x', type: 'f32' },
        { name: 'y', type: 'f32' },
        { name: 'mean', type: 'f32' },
        { name: 'dy', type: 'f32', writes: true },
        { name: 'shares', type: 'f32', writes: true },
      ],
      `  var sum = 0.0;
  var products = 0.0;
  ${forEachElement('let g = passed(dy[at], y[at], pf(6), pf(7)); dy[at] = g; sum += g; products += g * (x[at] - mean[channel]);')}
  let sums = total(sum);
  let all_products = total(products);
  if (lane == 0) { shares[2 * group] = sums; shares[2 * group + 1] = all_products; }`,
      `${functionsFor(passing[gate])}
fn passed(g: f32, y: f32, low: f32, high: f32) -> f32 {
  let a = g; let b = y; let s0 = low; let s1 = high;
  return ${passing[gate]};
}
`,
    ),
);

/**
 * Joins the shares, in order, into the gradients of weight and bias, and for each channel the numbers that make dx from
 * dy, x and the mean. Parameters: channels, bits of NaN, shares, elements of a channel, epsilon. With the parameters it has
 * eight buffers, as many as every device allows.
 */
export const gradientLine: (hasWeight: boolean, hasBias: boolean) => Shader = shaderCache(
  (hasWeight: boolean, hasBias: boolean) =>
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
export const inputGradient: (gate: Gate, isVector: boolean) => Shader = shaderCache(
  (gate: Gate, isVector: boolean) => {
    const hasBounds = gate !== 'open';
    const type = isVector ? 'vec4f' : 'f32';
    const g = hasBounds
      ? 'passed(dy, x, mean, line[c + 3], line[c + 4], line[c + 5], pf(4), pf(5))'
      : 'dy';
    return elementShader(
      `batchNorm input gradient${hasBounds ? ` bounds ${gate}` : ''}${isVector ? ' vectors' : ''}`,
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
      `${gate === 'open' ? '' : passed(gate)}
fn gradient(x: f32, dy: f32, c: i32, mean: f32) -> f32 {
  return line[c] * (${g} - line[c + 2] - (x - mean) * line[c + 1]);
}
`,
    );
  },
);
