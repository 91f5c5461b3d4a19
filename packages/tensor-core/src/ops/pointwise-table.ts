import type { Tensor } from '../tensor.ts';

/** What a gradient rule may use: the output's gradient `g`, the inputs, the output, the scalars. */
export interface PointwiseGradientContext {
  readonly g: Tensor;
  readonly x: readonly Tensor[];
  readonly y: Tensor;
  readonly s: readonly number[];
  /** Applies another row of the table. */
  op(name: string, inputs: readonly Tensor[], scalars?: readonly number[]): Tensor;
}

/** One pointwise operation: everything that is known of it above the backends. */
export interface PointwiseRow {
  /** Tensors it takes. */
  readonly inputs: 1 | 2 | 3;
  /** Numbers it takes behind the tensors. */
  readonly scalars: number;
  /** The value for one element; `v` holds the elements of the inputs and then the scalars. */
  readonly forward: (...v: number[]) => number;
  /** Where 32-bit integers need another rule than doubles, to wrap as PyTorch does. */
  readonly integer?: (...v: number[]) => number;
  /** Element type of the result: that of the inputs, bool, or float (integers are converted first). */
  readonly result: 'same' | 'bool' | 'float';
  /** Which inputs and whether the output the gradient rule reads. Absent: nothing flows back. */
  readonly saves?: { readonly inputs?: readonly number[]; readonly output?: boolean };
  /** Gradients of the inputs, in the shape of the output (broadcasting is undone above), null for none. */
  readonly gradient?: (context: PointwiseGradientContext) => readonly (Tensor | null)[];
  /** Interval that tests draw from, for each input, and example scalars. */
  readonly domain?: readonly (readonly [number, number])[];
  readonly exampleScalars?: readonly number[];
}

const bool = (value: boolean): number => (value ? 1 : 0);
const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));
const softplus = (x: number): number => (x > 30 ? x : Math.log1p(Math.exp(x)));

/** Error function to double precision: Maclaurin series near 0, Lentz's continued fraction of erfc beyond. */
function erf(x: number): number {
  if (Number.isNaN(x)) return NaN;
  const a = Math.abs(x);
  if (a > 6) return Math.sign(x);
  if (a < 2.5) {
    let term = x;
    let sum = x;
    for (let n = 1; Math.abs(term) > 1e-17 * Math.abs(sum); n++) {
      term *= (-x * x) / n;
      sum += term / (2 * n + 1);
    }
    return (2 / Math.sqrt(Math.PI)) * sum;
  }
  let fraction = 0;
  for (let n = 60; n > 0; n--) fraction = n / 2 / (a + fraction);
  return Math.sign(x) * (1 - Math.exp(-a * a) / (Math.sqrt(Math.PI) * (a + fraction)));
}

const normalDensity = (x: number): number => Math.exp(-0.5 * x * x) / Math.sqrt(2 * Math.PI);
const geluTanhInner = (x: number): number => Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3);

/** Rounds halves to even, as IEEE 754 and PyTorch do. */
function roundHalfEven(x: number): number {
  const below = Math.floor(x);
  const rest = x - below;
  if (rest < 0.5) return below;
  if (rest > 0.5) return below + 1;
  return below % 2 === 0 ? below : below + 1;
}

type Gradient = PointwiseRow['gradient'];

/** A float function of one tensor. */
function unary(
  forward: (x: number, ...s: number[]) => number,
  saves: PointwiseRow['saves'],
  gradient: Gradient,
  more: Partial<PointwiseRow> = {},
): PointwiseRow {
  return {
    inputs: 1,
    scalars: more.exampleScalars?.length ?? 0,
    forward: forward as PointwiseRow['forward'],
    result: 'float',
    ...(saves && { saves }),
    ...(gradient && { gradient }),
    ...more,
  };
}

/** A function that no gradient flows through, such as a comparison or rounding. */
function flat(
  inputs: 1 | 2,
  result: PointwiseRow['result'],
  forward: PointwiseRow['forward'],
): PointwiseRow {
  return { inputs, scalars: 0, forward, result };
}

/** A gradient kernel: (dy, x or y, scalars) -> dx. */
function gradientKernel(
  forward: (g: number, x: number, ...s: number[]) => number,
  exampleScalars: readonly number[] = [],
): PointwiseRow {
  return {
    inputs: 2,
    scalars: exampleScalars.length,
    forward: forward as PointwiseRow['forward'],
    result: 'same',
    exampleScalars,
  };
}

const savesInput = { inputs: [0] } as const;
const savesBoth = { inputs: [0, 1] } as const;
const savesOutput = { output: true } as const;

/** A gradient rule that is one gradient kernel on the saved input, with the row's own scalars. */
const byInput =
  (name: string): Gradient =>
  ({ g, x, s, op }) => [op(name, [g, x[0]!], s)];
/** The same on the saved output. */
const byOutput =
  (name: string): Gradient =>
  ({ g, y, s, op }) => [op(name, [g, y], s)];

/**
 * All pointwise operations. Adding one is adding a row here and, for speed, a case in a backend's kernel.
 * The names are PyTorch's, in camel case; `…Grad` rows are kernels that only gradient rules call.
 */
export const pointwiseTable = {
  // Arithmetic.
  add: {
    inputs: 2,
    scalars: 0,
    forward: (a, b) => a! + b!,
    result: 'same',
    saves: {},
    gradient: ({ g }) => [g, g],
  },
  sub: {
    inputs: 2,
    scalars: 0,
    forward: (a, b) => a! - b!,
    result: 'same',
    saves: {},
    gradient: ({ g, op }) => [g, op('neg', [g])],
  },
  mul: {
    inputs: 2,
    scalars: 0,
    forward: (a, b) => a! * b!,
    integer: (a, b) => Math.imul(a!, b!),
    result: 'same',
    saves: savesBoth,
    gradient: ({ g, x, op }) => [op('mul', [g, x[1]!]), op('mul', [g, x[0]!])],
  },
  div: {
    inputs: 2,
    scalars: 0,
    forward: (a, b) => a! / b!,
    result: 'float',
    saves: savesBoth,
    gradient: ({ g, x, op }) => {
      const quotient = op('div', [g, x[1]!]);
      return [quotient, op('neg', [op('div', [op('mul', [quotient, x[0]!]), x[1]!])])];
    },
    domain: [
      [-2, 2],
      [0.5, 2],
    ],
  },
  pow: {
    inputs: 2,
    scalars: 0,
    forward: (a, b) => Math.pow(a!, b!),
    result: 'float',
    saves: { inputs: [0, 1], output: true },
    gradient: ({ g, x, y, op }) => [
      op('mul', [op('mul', [g, x[1]!]), op('pow', [x[0]!, op('addScalar', [x[1]!], [-1])])]),
      op('mul', [op('mul', [g, y]), op('log', [x[0]!])]),
    ],
    domain: [
      [0.2, 2],
      [-2, 2],
    ],
  },
  maximum: {
    inputs: 2,
    scalars: 0,
    forward: (a, b) => Math.max(a!, b!),
    result: 'same',
    saves: savesBoth,
    gradient: ({ g, x, op }) => [
      op('maximumGrad', [g, x[0]!, x[1]!]),
      op('maximumGrad', [g, x[1]!, x[0]!]),
    ],
  },
  minimum: {
    inputs: 2,
    scalars: 0,
    forward: (a, b) => Math.min(a!, b!),
    result: 'same',
    saves: savesBoth,
    gradient: ({ g, x, op }) => [
      op('maximumGrad', [g, x[1]!, x[0]!]),
      op('maximumGrad', [g, x[0]!, x[1]!]),
    ],
  },
  /** dy where a > b, half of it where they are equal (PyTorch's convention), else 0. */
  maximumGrad: {
    inputs: 3,
    scalars: 0,
    forward: (g, a, b) => (a! > b! ? g! : a === b ? g! / 2 : 0),
    result: 'same',
  },
  /** Remainder with the sign of the divisor, as Python's and PyTorch's `%`. */
  remainder: flat(2, 'same', (a, b) => {
    const rest = a! % b!;
    return rest !== 0 && rest < 0 !== b! < 0 ? rest + b! : rest;
  }),
  addScalar: {
    inputs: 1,
    scalars: 1,
    forward: (x, s) => x! + s!,
    result: 'same',
    saves: {},
    gradient: ({ g }) => [g],
    exampleScalars: [0.7],
  },
  mulScalar: {
    inputs: 1,
    scalars: 1,
    forward: (x, s) => x! * s!,
    integer: (x, s) => Math.imul(x!, s!),
    result: 'same',
    saves: {},
    gradient: ({ g, s, op }) => [op('mulScalar', [g], s)],
    exampleScalars: [-1.5],
  },
  powScalar: unary(
    (x, s) => Math.pow(x, s!),
    savesInput,
    ({ g, x, s, op }) => [
      op('mul', [g, op('mulScalar', [op('powScalar', [x[0]!], [s[0]! - 1])], s)]),
    ],
    { domain: [[0.2, 2]], exampleScalars: [2.5] },
  ),
  neg: {
    inputs: 1,
    scalars: 0,
    forward: (x) => -x!,
    result: 'same',
    saves: {},
    gradient: ({ g, op }) => [op('neg', [g])],
  },
  abs: {
    inputs: 1,
    scalars: 0,
    forward: (x) => Math.abs(x!),
    result: 'same',
    saves: savesInput,
    gradient: ({ g, x, op }) => [op('mul', [g, op('sign', [x[0]!])])],
  },
  square: {
    inputs: 1,
    scalars: 0,
    forward: (x) => x! * x!,
    integer: (x) => Math.imul(x!, x!),
    result: 'same',
    saves: savesInput,
    gradient: ({ g, x, op }) => [op('mul', [g, op('mulScalar', [x[0]!], [2])])],
  },
  reciprocal: unary(
    (x) => 1 / x,
    savesOutput,
    ({ g, y, op }) => [op('neg', [op('mul', [g, op('square', [y])])])],
    { domain: [[0.5, 2]] },
  ),
  exp: unary(Math.exp, savesOutput, ({ g, y, op }) => [op('mul', [g, y])]),
  expm1: unary(Math.expm1, savesOutput, ({ g, y, op }) => [
    op('mul', [g, op('addScalar', [y], [1])]),
  ]),
  log: unary(Math.log, savesInput, ({ g, x, op }) => [op('div', [g, x[0]!])], {
    domain: [[0.1, 4]],
  }),
  log1p: unary(
    Math.log1p,
    savesInput,
    ({ g, x, op }) => [op('div', [g, op('addScalar', [x[0]!], [1])])],
    { domain: [[-0.5, 4]] },
  ),
  sqrt: unary(
    Math.sqrt,
    savesOutput,
    ({ g, y, op }) => [op('div', [op('mulScalar', [g], [0.5]), y])],
    { domain: [[0.1, 4]] },
  ),
  rsqrt: unary(
    (x) => 1 / Math.sqrt(x),
    savesOutput,
    ({ g, y, op }) => [op('mulScalar', [op('mul', [g, op('mul', [y, op('square', [y])])])], [-0.5])],
    { domain: [[0.2, 4]] },
  ),
  sin: unary(Math.sin, savesInput, ({ g, x, op }) => [op('mul', [g, op('cos', [x[0]!])])]),
  cos: unary(Math.cos, savesInput, ({ g, x, op }) => [
    op('neg', [op('mul', [g, op('sin', [x[0]!])])]),
  ]),
  erf: unary(erf, savesInput, ({ g, x, op }) => [
    op('mulScalar', [op('mul', [g, op('exp', [op('neg', [op('square', [x[0]!])])])])], [2 / Math.sqrt(Math.PI)]),
  ]),

  // Rounding, signs and tests of values.
  sign: flat(1, 'same', (x) => Math.sign(x!)),
  floor: flat(1, 'same', (x) => Math.floor(x!)),
  ceil: flat(1, 'same', (x) => Math.ceil(x!)),
  round: flat(1, 'same', (x) => roundHalfEven(x!)),
  isNaN: flat(1, 'bool', (x) => bool(Number.isNaN(x))),
  isFinite: flat(1, 'bool', (x) => bool(Number.isFinite(x))),
  logicalNot: flat(1, 'bool', (x) => bool(x === 0)),
  logicalAnd: flat(2, 'bool', (a, b) => bool(a !== 0 && b !== 0)),
  logicalOr: flat(2, 'bool', (a, b) => bool(a !== 0 || b !== 0)),
  logicalXor: flat(2, 'bool', (a, b) => bool((a !== 0) !== (b !== 0))),
  eq: flat(2, 'bool', (a, b) => bool(a === b)),
  ne: flat(2, 'bool', (a, b) => bool(a !== b)),
  lt: flat(2, 'bool', (a, b) => bool(a! < b!)),
  le: flat(2, 'bool', (a, b) => bool(a! <= b!)),
  gt: flat(2, 'bool', (a, b) => bool(a! > b!)),
  ge: flat(2, 'bool', (a, b) => bool(a! >= b!)),
  /** where(condition, a, b). */
  where: {
    inputs: 3,
    scalars: 0,
    forward: (condition, a, b) => (condition ? a! : b!),
    result: 'same',
    saves: { inputs: [0] },
    gradient: ({ g, x, op }) => {
      const none = op('mulScalar', [g], [0]);
      return [null, op('where', [x[0]!, g, none]), op('where', [x[0]!, none, g])];
    },
  },
  /** clamp(x, min, max): gradient where min <= x <= max. */
  clamp: {
    inputs: 1,
    scalars: 2,
    forward: (x, low, high) => Math.min(Math.max(x!, low!), high!),
    result: 'same',
    saves: savesInput,
    gradient: byInput('clampGrad'),
    exampleScalars: [-0.5, 1],
  },
  clampGrad: gradientKernel((g, x, low, high) => (x >= low! && x <= high! ? g : 0), [-0.5, 1]),

  // Activations.
  relu: {
    inputs: 1,
    scalars: 0,
    forward: (x) => (x! <= 0 ? 0 : x!),
    result: 'same',
    saves: savesOutput,
    gradient: byOutput('reluGrad'),
  },
  reluGrad: gradientKernel((g, y) => (y <= 0 ? 0 : g)),
  sigmoid: unary(sigmoid, savesOutput, byOutput('sigmoidGrad')),
  sigmoidGrad: gradientKernel((g, y) => g * y * (1 - y)),
  tanh: unary(Math.tanh, savesOutput, byOutput('tanhGrad')),
  tanhGrad: gradientKernel((g, y) => g * (1 - y * y)),
  /** hardtanh(x, min, max): gradient strictly inside. relu6 is hardtanh(x, 0, 6). */
  hardtanh: unary((x, low, high) => Math.min(Math.max(x, low!), high!), savesInput, byInput('hardtanhGrad'), {
    exampleScalars: [-1, 1],
  }),
  hardtanhGrad: gradientKernel((g, x, low, high) => (x > low! && x < high! ? g : 0), [-1, 1]),
  leakyRelu: unary((x, slope) => (x > 0 ? x : x * slope!), savesInput, byInput('leakyReluGrad'), {
    exampleScalars: [0.1],
  }),
  leakyReluGrad: gradientKernel((g, x, slope) => (x > 0 ? g : g * slope!), [0.1]),
  /** elu(x, alpha, scale): scale * (x > 0 ? x : alpha * (exp(x) - 1)); selu is a choice of both. */
  elu: unary(
    (x, alpha, scale) => scale! * (x > 0 ? x : alpha! * Math.expm1(x)),
    savesInput,
    byInput('eluGrad'),
    { exampleScalars: [1.3, 1.1] },
  ),
  eluGrad: gradientKernel(
    (g, x, alpha, scale) => g * scale! * (x > 0 ? 1 : alpha! * Math.exp(x)),
    [1.3, 1.1],
  ),
  gelu: unary((x) => 0.5 * x * (1 + erf(x / Math.SQRT2)), savesInput, byInput('geluGrad')),
  geluGrad: gradientKernel(
    (g, x) => g * (0.5 * (1 + erf(x / Math.SQRT2)) + x * normalDensity(x)),
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
  silu: unary((x) => x * sigmoid(x), savesInput, byInput('siluGrad')),
  siluGrad: gradientKernel((g, x) => {
    const s = sigmoid(x);
    return g * s * (1 + x * (1 - s));
  }),
  mish: unary((x) => x * Math.tanh(softplus(x)), savesInput, byInput('mishGrad')),
  mishGrad: gradientKernel((g, x) => {
    const t = Math.tanh(softplus(x));
    return g * (t + x * (1 - t * t) * sigmoid(x));
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
  /** softplus(x, beta, threshold): log(1 + exp(beta x)) / beta, and x itself where beta x > threshold. */
  softplus: unary(
    (x, beta, threshold) => (beta! * x > threshold! ? x : Math.log1p(Math.exp(beta! * x)) / beta!),
    savesInput,
    byInput('softplusGrad'),
    { exampleScalars: [1.5, 20] },
  ),
  softplusGrad: gradientKernel(
    (g, x, beta, threshold) => (beta! * x > threshold! ? g : g * sigmoid(beta! * x)),
    [1.5, 20],
  ),
  /** prelu(x, slope): the slope broadcasts along the channels. */
  prelu: {
    inputs: 2,
    scalars: 0,
    forward: (x, slope) => (x! > 0 ? x! : x! * slope!),
    result: 'float',
    saves: savesBoth,
    gradient: ({ g, x, op }) => [op('preluGrad', [g, x[0]!, x[1]!]), op('preluSlopeGrad', [g, x[0]!])],
  },
  preluGrad: {
    inputs: 3,
    scalars: 0,
    forward: (g, x, slope) => (x! > 0 ? g! : g! * slope!),
    result: 'same',
  },
  preluSlopeGrad: gradientKernel((g, x) => (x > 0 ? 0 : g * x)),
} satisfies Record<string, PointwiseRow>;

export type PointwiseName = keyof typeof pointwiseTable;

/** The rows by name, for backends and tests that walk the whole table. */
export const pointwiseRows: Readonly<Record<string, PointwiseRow>> = pointwiseTable;
