import { aNumber, requireKind } from '../kinds.ts';
import { isFloating } from '../dtype.ts';
import { rangeOf } from '../elements.ts';
import { requireTensor } from '../require-tensor.ts';
import type { Tensor } from '../tensor.ts';
import { comparisonRows } from './comparisons.ts';
import { erfOf } from './erf.ts';
import { filled } from '../filled.ts';
import { cast } from './layout.ts';
import { pointwiseOver } from './pointwise.ts';
import {
  byInput,
  gradientKernel,
  savesBoth,
  savesInput,
  savesOutput,
  staircase,
  unary,
  type ApplyRow,
  type PointwiseRow,
} from './pointwise-row.ts';
import { requireScalar, toTensor, withNumbers, type TensorLike } from './tensor-like.ts';
import { within } from './within.ts';

/** Rounds halves to even, as IEEE 754 and PyTorch do. */
function roundHalfEven(x: number): number {
  const below = Math.floor(x);
  const rest = x - below;
  // From -0.5 on it is a negative zero.
  if (rest >= 0.5 && below === -1) return -0;
  if (rest < 0.5) return below;
  if (rest > 0.5) return below + 1;
  return below % 2 === 0 ? below : below + 1;
}

/** a to the power b, as IEEE 754 and PyTorch: 1 to any power is 1, where JavaScript has NaN. */
function power(a: number, b: number): number {
  return a === 1 || (a === -1 && Math.abs(b) === Infinity) ? 1 : Math.pow(a, b);
}

/** The same for one exponent: a half is the square root, as in PyTorch, which of -Infinity is NaN. */
function powerOf(a: number, exponent: number): number {
  if (exponent === 0.5) return Math.sqrt(a);
  return exponent === -0.5 ? 1 / Math.sqrt(a) : power(a, exponent);
}

/** A 0 that broadcasts. */
function zero(like: Tensor): Tensor {
  return filled(like, [], 0);
}

/** Derivative of a to the power b by a: 0 for b = 0, even where a to the power -1 is infinite. */
function powSlope(op: ApplyRow, a: Tensor, b: Tensor): Tensor {
  const slope = op('mul', [b, op('pow', [a, op('addScalar', [b], [-1])])]);
  return op('where', [op('eq', [b, zero(b)]), zero(slope), slope]);
}

/** Derivative of y, which is a to the power b, by b: 0 for a = 0 and b ≥ 0, where the logarithm is infinite. */
function powGrowth(op: ApplyRow, a: Tensor, b: Tensor, y: Tensor): Tensor {
  const growth = op('mul', [y, op('log', [a])]);
  const still = op('logicalAnd', [op('eq', [a, zero(a)]), op('ge', [b, zero(b)])]);
  return op('where', [still, zero(growth), growth]);
}

/** @internal Arithmetic, elementary functions and rounding. */
export const arithmeticRows: Readonly<Record<string, PointwiseRow>> = {
  // Arithmetic.
  add: {
    inputs: 2,
    scalars: 0,
    forward: (a, b) => a + b,
    result: 'same',
    saves: {},
    gradient: ({ g }) => [g, g],
  },
  sub: {
    inputs: 2,
    scalars: 0,
    forward: (a, b) => a - b,
    result: 'same',
    saves: {},
    gradient: ({ g, needs, op }) => [g, needs[1] ? op('neg', [g]) : null],
  },
  mul: {
    inputs: 2,
    scalars: 0,
    forward: (a, b) => a * b,
    integer: (a, b) => Math.imul(a, b),
    result: 'same',
    saves: (needs) => ({ inputs: [0, 1].filter((i) => needs[1 - i]) }),
    gradient: ({ g, x, needs, op }) => [
      needs[0] ? op('mul', [g, x[1]!]) : null,
      needs[1] ? op('mul', [g, x[0]!]) : null,
    ],
  },
  div: {
    inputs: 2,
    scalars: 0,
    forward: (a, b) => a / b,
    result: 'float',
    saves: (needs) => (needs[1] ? { inputs: [1], output: true } : { inputs: [1] }),
    // Of the quotient y, as in PyTorch: dy / b may be too small where a dy / b^2 is not.
    gradient: ({ g, x, y, needs, op }) => [
      needs[0] ? op('div', [g, x[1]!]) : null,
      needs[1] ? op('neg', [op('mul', [g, op('div', [y, x[1]!])])]) : null,
    ],
    domain: [
      [-2, 2],
      [0.5, 2],
    ],
  },
  pow: {
    inputs: 2,
    scalars: 0,
    forward: power,
    result: 'float',
    saves: { inputs: [0, 1], output: true },
    gradient: ({ g, x: [a, b], y, needs, op }) => [
      needs[0] ? op('mul', [g, powSlope(op, a!, b!)]) : null,
      needs[1] ? op('mul', [g, powGrowth(op, a!, b!, y)]) : null,
    ],
    domain: [
      [0.2, 2],
      [-2, 2],
    ],
  },
  maximum: {
    inputs: 2,
    scalars: 0,
    forward: (a, b) => Math.max(a, b),
    result: 'same',
    saves: savesBoth,
    gradient: ({ g, x, needs, op }) => [
      needs[0] ? op('maximumGrad', [g, x[0]!, x[1]!]) : null,
      needs[1] ? op('maximumGrad', [g, x[1]!, x[0]!]) : null,
    ],
  },
  minimum: {
    inputs: 2,
    scalars: 0,
    forward: (a, b) => Math.min(a, b),
    result: 'same',
    saves: savesBoth,
    gradient: ({ g, x, needs, op }) => [
      needs[0] ? op('maximumGrad', [g, x[1]!, x[0]!]) : null,
      needs[1] ? op('maximumGrad', [g, x[0]!, x[1]!]) : null,
    ],
  },
  /** 0 where a < b, half of dy where they are equal, else dy, also where either is NaN (PyTorch's convention). */
  maximumGrad: {
    inputs: 3,
    scalars: 0,
    forward: (g, a, b) => (a < b ? 0 : a === b ? g / 2 : g),
    result: 'same',
  },
  /** Remainder with the sign of the divisor, as Python's and PyTorch's `%`. */
  remainder: {
    inputs: 2,
    scalars: 0,
    forward: (a, b) => {
      const rest = a % b;
      return rest !== 0 && rest < 0 !== b < 0 ? rest + b : rest;
    },
    result: 'same',
    saves: (needs) => (needs[1] ? { inputs: [0, 1], output: true } : {}),
    gradient({ g, x, y, needs, op }) {
      if (!needs[1]) return [g, null];
      const times = op('round', [op('div', [op('sub', [x[0]!, y]), x[1]!])]);
      return [g, op('neg', [op('mul', [g, times])])];
    },
    domain: [
      [-4, 4],
      [0.5, 2],
    ],
  },
  addScalar: {
    inputs: 1,
    scalars: 1,
    forward: (x, s) => x + s,
    result: 'same',
    saves: {},
    gradient: ({ g }) => [g],
    exampleScalars: [0.7],
  },
  mulScalar: {
    inputs: 1,
    scalars: 1,
    forward: (x, s) => x * s,
    integer: (x, s) => Math.imul(x, s),
    result: 'same',
    saves: {},
    gradient: ({ g, s, op }) => [op('mulScalar', [g], s)],
    exampleScalars: [-1.5],
  },
  powScalar: unary(
    powerOf,
    savesInput,
    ({ g, x, s, op }) => [
      s[0] === 0
        ? op('mulScalar', [g], [0])
        : op('mul', [g, op('mulScalar', [op('powScalar', [x[0]!], [s[0]! - 1])], s)]),
    ],
    { domain: [[0.2, 2]], exampleScalars: [2.5] },
  ),
  neg: {
    inputs: 1,
    scalars: 0,
    forward: (x) => -x,
    result: 'same',
    saves: {},
    gradient: ({ g, op }) => [op('neg', [g])],
  },
  abs: {
    inputs: 1,
    scalars: 0,
    forward: (x) => Math.abs(x),
    result: 'same',
    saves: savesInput,
    gradient: ({ g, x, op }) => [op('mul', [g, op('sign', [x[0]!])])],
  },
  square: {
    inputs: 1,
    scalars: 0,
    forward: (x) => x * x,
    integer: (x) => Math.imul(x, x),
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
    ({ g, y, op }) => [
      op('mulScalar', [op('mul', [g, op('mul', [y, op('square', [y])])])], [-0.5]),
    ],
    { domain: [[0.2, 4]] },
  ),
  sin: unary(Math.sin, savesInput, ({ g, x, op }) => [op('mul', [g, op('cos', [x[0]!])])]),
  cos: unary(Math.cos, savesInput, ({ g, x, op }) => [
    op('neg', [op('mul', [g, op('sin', [x[0]!])])]),
  ]),
  erf: unary(erfOf, savesInput, ({ g, x, op }) => [
    op(
      'mulScalar',
      [op('mul', [g, op('exp', [op('neg', [op('square', [x[0]!])])])])],
      [2 / Math.sqrt(Math.PI)],
    ),
  ]),

  // Rounding and signs.
  /** 0 for NaN, as PyTorch. */
  sign: staircase((x) => (x > 0 ? 1 : x < 0 ? -1 : 0)),
  floor: staircase((x) => Math.floor(x)),
  ceil: staircase((x) => Math.ceil(x)),
  round: staircase((x) => roundHalfEven(x)),
  /** where(condition, a, b). */
  where: {
    inputs: 3,
    scalars: 0,
    forward: (condition, a, b) => (condition ? a : b),
    result: 'same',
    saves: { inputs: [0] },
    gradient: ({ g, x, needs, op }) => {
      const none = zero(g);
      return [
        null,
        needs[1] ? op('where', [x[0]!, g, none]) : null,
        needs[2] ? op('where', [x[0]!, none, g]) : null,
      ];
    },
  },
  /** clamp(x, min, max): gradient where min <= x <= max. */
  clamp: {
    inputs: 1,
    scalars: 2,
    forward: within,
    result: 'same',
    saves: savesInput,
    gradient: byInput('clampGrad'),
    exampleScalars: [-0.5, 1],
  },
  clampGrad: gradientKernel((g, x, low, high) => (x >= low && x <= high ? g : 0), [-0.5, 1]),
};

// Gradient rules apply comparisons too.
const pointwise = pointwiseOver({ ...arithmeticRows, ...comparisonRows });

const binary = withNumbers(pointwise, arithmeticRows);

/** Applies a row with a number. Integers must become float32 before they meet a fraction. */
function withScalar(op: string, name: string, x: Tensor, given: number, scalar = given): Tensor {
  requireTensor(op, x);
  requireScalar(op, given, x);
  if (isFloating(x.dtype) || Number.isInteger(scalar)) return pointwise(name, [x], [scalar]);
  const floating = cast(x, 'float32');
  const y = pointwise(name, [floating], [scalar]);
  floating.dispose();
  return y;
}

/** a + b. */
export function add(a: Tensor, b: TensorLike): Tensor {
  return typeof b === 'number' ? withScalar('add', 'addScalar', a, b) : pointwise('add', [a, b]);
}

/** a - b. */
export function sub(a: Tensor, b: TensorLike): Tensor {
  return typeof b === 'number'
    ? withScalar('sub', 'addScalar', a, b, -b)
    : pointwise('sub', [a, b]);
}

/** a b, element by element. */
export function mul(a: Tensor, b: TensorLike): Tensor {
  return typeof b === 'number' ? withScalar('mul', 'mulScalar', a, b) : pointwise('mul', [a, b]);
}

/** a to the power b. */
export function pow(a: Tensor, b: TensorLike): Tensor {
  return typeof b === 'number' ? pointwise('powScalar', [a], [b]) : pointwise('pow', [a, b]);
}

/** a where the condition holds, else b. */
export function where(condition: Tensor, a: Tensor, b: TensorLike): Tensor {
  requireTensor('where', a);
  const other = toTensor('where', b, a, 'same');
  const y = pointwise('where', [condition, a, other]);
  if (other !== b) other.dispose();
  return y;
}

/**
 * x, limited to [min, max]; all is `max` where that is below `min`, as in PyTorch. Integers become float32 where a bound is a
 * fraction. Bounds may be infinite.
 * @throws ArgumentError for bounds that are NaN.
 */
export function clamp(x: Tensor, min: number, max: number): Tensor {
  requireTensor('clamp', x);
  requireKind('clamp', 'min', min, aNumber);
  requireKind('clamp', 'max', max, aNumber);
  if (isFloating(x.dtype)) return pointwise('clamp', [x], [min, max]);
  if ([min, max].every((bound) => Number.isInteger(bound) || !Number.isFinite(bound))) {
    const { low, high } = rangeOf(x.dtype);
    const held = (bound: number): number => Math.min(Math.max(bound, low), high);
    return pointwise('clamp', [x], [held(min), held(max)]);
  }
  const floating = cast(x, 'float32');
  const y = pointwise('clamp', [floating], [min, max]);
  floating.dispose();
  return y;
}

/** -x. */
export function neg(x: Tensor): Tensor {
  return pointwise('neg', [x]);
}

/** |x|. */
export function abs(x: Tensor): Tensor {
  return pointwise('abs', [x]);
}

/** x². */
export function square(x: Tensor): Tensor {
  return pointwise('square', [x]);
}

/** 1 / x. */
export function reciprocal(x: Tensor): Tensor {
  return pointwise('reciprocal', [x]);
}

/** e to the x. */
export function exp(x: Tensor): Tensor {
  return pointwise('exp', [x]);
}

/** exp(x) - 1, exact for small x. */
export function expm1(x: Tensor): Tensor {
  return pointwise('expm1', [x]);
}

/** Natural logarithm. */
export function log(x: Tensor): Tensor {
  return pointwise('log', [x]);
}

/** log(1 + x), exact for small x. */
export function log1p(x: Tensor): Tensor {
  return pointwise('log1p', [x]);
}

/** Square root. */
export function sqrt(x: Tensor): Tensor {
  return pointwise('sqrt', [x]);
}

/** 1 / sqrt(x). */
export function rsqrt(x: Tensor): Tensor {
  return pointwise('rsqrt', [x]);
}

/** Sine of radians. */
export function sin(x: Tensor): Tensor {
  return pointwise('sin', [x]);
}

/** Cosine of radians. */
export function cos(x: Tensor): Tensor {
  return pointwise('cos', [x]);
}

/** Error function. */
export function erf(x: Tensor): Tensor {
  return pointwise('erf', [x]);
}

/** -1, 0 or 1. */
export function sign(x: Tensor): Tensor {
  return pointwise('sign', [x]);
}

/** Greatest integer not above x. */
export function floor(x: Tensor): Tensor {
  return pointwise('floor', [x]);
}

/** Least integer not below x. */
export function ceil(x: Tensor): Tensor {
  return pointwise('ceil', [x]);
}

/** Nearest integer, halves to even. */
export function round(x: Tensor): Tensor {
  return pointwise('round', [x]);
}

/** The greater of two; NaN wins. */
export function maximum(a: Tensor, b: TensorLike): Tensor {
  return binary('maximum', a, b);
}

/** The lesser of two; NaN wins. */
export function minimum(a: Tensor, b: TensorLike): Tensor {
  return binary('minimum', a, b);
}

/** Remainder with the sign of the divisor. */
export function remainder(a: Tensor, b: TensorLike): Tensor {
  return binary('remainder', a, b);
}

/** a / b; integers are divided as float32. */
export function div(a: Tensor, b: TensorLike): Tensor {
  return binary('div', a, b);
}
