import { erfOf } from './erf.ts';
import {
  byInput,
  byOutput,
  gradientKernel,
  savesBoth,
  savesInput,
  savesOutput,
  unary,
  type PointwiseRow,
} from './pointwise-row.ts';

const sigmoidOf = (x: number): number => 1 / (1 + Math.exp(-x));
const softplusOf = (x: number): number => (x > 30 ? x : Math.log1p(Math.exp(x)));
const normalDensity = (x: number): number => Math.exp(-0.5 * x * x) / Math.sqrt(2 * Math.PI);
const geluTanhInner = (x: number): number => Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3);

/** Activation functions. */
export const activationRows: Readonly<Record<string, PointwiseRow>> = {
  relu: {
    inputs: 1,
    scalars: 0,
    forward: (x) => (x <= 0 ? 0 : x),
    result: 'same',
    saves: savesOutput,
    gradient: byOutput('reluGrad'),
  },
  reluGrad: gradientKernel((g, y) => (y <= 0 ? 0 : g)),
  sigmoid: unary(sigmoidOf, savesOutput, byOutput('sigmoidGrad')),
  sigmoidGrad: gradientKernel((g, y) => g * y * (1 - y)),
  tanh: unary(Math.tanh, savesOutput, byOutput('tanhGrad')),
  tanhGrad: gradientKernel((g, y) => g * (1 - y * y)),
  /** hardtanh(x, min, max): gradient strictly inside. relu6 is hardtanh(x, 0, 6). */
  hardtanh: unary(
    (x, low, high) => Math.min(Math.max(x, low), high),
    savesInput,
    byInput('hardtanhGrad'),
    {
      exampleScalars: [-1, 1],
    },
  ),
  hardtanhGrad: gradientKernel((g, x, low, high) => (x > low && x < high ? g : 0), [-1, 1]),
  leakyRelu: unary((x, slope) => (x > 0 ? x : x * slope), savesInput, byInput('leakyReluGrad'), {
    exampleScalars: [0.1],
  }),
  leakyReluGrad: gradientKernel((g, x, slope) => (x > 0 ? g : g * slope), [0.1]),
  /** elu(x, alpha, scale): scale * (x > 0 ? x : alpha * (exp(x) - 1)); selu is a choice of both. */
  elu: unary(
    (x, alpha, scale) => scale * (x > 0 ? x : alpha * Math.expm1(x)),
    savesInput,
    byInput('eluGrad'),
    { exampleScalars: [1.3, 1.1] },
  ),
  eluGrad: gradientKernel(
    (g, x, alpha, scale) => g * scale * (x > 0 ? 1 : alpha * Math.exp(x)),
    [1.3, 1.1],
  ),
  gelu: unary((x) => 0.5 * x * (1 + erfOf(x / Math.SQRT2)), savesInput, byInput('geluGrad')),
  geluGrad: gradientKernel(
    (g, x) => g * (0.5 * (1 + erfOf(x / Math.SQRT2)) + x * normalDensity(x)),
  ),
  geluTanh: unary(
    (x) => 0.5 * x * (1 + Math.tanh(geluTanhInner(x))),
    savesInput,
    byInput('geluTanhGrad'),
  ),
  geluTanhGrad: gradientKernel((g, x) => {
    const t = Math.tanh(geluTanhInner(x));
    const slope = Math.sqrt(2 / Math.PI) * (1 + 3 * 0.044715 * x * x);
    return g * (0.5 * (1 + t) + 0.5 * x * (1 - t * t) * slope);
  }),
  silu: unary((x) => x * sigmoidOf(x), savesInput, byInput('siluGrad')),
  siluGrad: gradientKernel((g, x) => {
    const s = sigmoidOf(x);
    return g * s * (1 + x * (1 - s));
  }),
  mish: unary((x) => x * Math.tanh(softplusOf(x)), savesInput, byInput('mishGrad')),
  mishGrad: gradientKernel((g, x) => {
    const t = Math.tanh(softplusOf(x));
    return g * (t + x * (1 - t * t) * sigmoidOf(x));
  }),
  hardswish: unary(
    (x) => (x * Math.min(Math.max(x + 3, 0), 6)) / 6,
    savesInput,
    byInput('hardswishGrad'),
  ),
  hardswishGrad: gradientKernel((g, x) => (x < -3 ? 0 : x <= 3 ? g * (x / 3 + 0.5) : g)),
  hardsigmoid: unary(
    (x) => Math.min(Math.max(x + 3, 0), 6) / 6,
    savesInput,
    byInput('hardsigmoidGrad'),
  ),
  hardsigmoidGrad: gradientKernel((g, x) => (x > -3 && x < 3 ? g / 6 : 0)),
  /** softplusOf(x, beta, threshold): log(1 + exp(beta x)) / beta, and x itself where beta x > threshold. */
  softplus: unary(
    (x, beta, threshold) => (beta * x > threshold ? x : Math.log1p(Math.exp(beta * x)) / beta),
    savesInput,
    byInput('softplusGrad'),
    { exampleScalars: [1.5, 20] },
  ),
  softplusGrad: gradientKernel(
    (g, x, beta, threshold) => (beta * x > threshold ? g : g * sigmoidOf(beta * x)),
    [1.5, 20],
  ),
  /** prelu(x, slope): the slope broadcasts along the channels. */
  prelu: {
    inputs: 2,
    scalars: 0,
    forward: (x, slope) => (x > 0 ? x : x * slope),
    result: 'float',
    saves: savesBoth,
    gradient: ({ g, x, needs, op }) => [
      needs[0] ? op('preluGrad', [g, x[0]!, x[1]!]) : null,
      needs[1] ? op('preluSlopeGrad', [g, x[0]!]) : null,
    ],
  },
  preluGrad: {
    inputs: 3,
    scalars: 0,
    forward: (g, x, slope) => (x > 0 ? g : g * slope),
    result: 'same',
  },
  preluSlopeGrad: gradientKernel((g, x) => (x > 0 ? 0 : g * x)),
};
