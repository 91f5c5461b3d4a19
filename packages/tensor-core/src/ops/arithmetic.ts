import { aNumber, requireKind } from '../kinds.ts';
import { isFloating } from '../dtype.ts';
import { rangeOf } from '../elements.ts';
import { requireTensor } from '../require-tensor.ts';
import type { Tensor } from '../tensor.ts';
import { filled } from '../filled.ts';
import { cast } from './layout.ts';
import { pointwise } from './pointwise.ts';
import {
  byInput,
  gradientKernel,
  savesBoth,
  savesInput,
  savesOutput,
  staircase,
  unary,
  type PointwiseRow,
} from './pointwise-row.ts';
import { requireScalar, toTensor, withNumber, type TensorLike } from './tensor-like.ts';
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

/** @internal A 0 that broadcasts. */
export function zero(like: Tensor): Tensor {
  return filled(like, [], 0);
}

/** Applies a row with a number. Integers must become float32 before they meet a fraction. */
function withScalar(
  op: string,
  row: PointwiseRow,
  x: Tensor,
  given: number,
  scalar = given,
): Tensor {
  requireTensor(op, x);
  requireScalar(op, given, x);
  if (isFloating(x.dtype) || Number.isInteger(scalar)) return pointwise(row, [x], [scalar]);
  const floating = cast(x, 'float32');
  const y = pointwise(row, [floating], [scalar]);
  floating.dispose();
  return y;
}

/** @internal */
export const addRow: PointwiseRow = {
  name: 'add',
  inputs: 2,
  scalars: 0,
  forward: (a, b) => a + b,
  result: 'same',
  saves: {},
  gradient: ({ g }) => [g, g],
};

/** a + b. */
export function add(a: Tensor, b: TensorLike): Tensor {
  return typeof b === 'number' ? withScalar('add', addScalarRow, a, b) : pointwise(addRow, [a, b]);
}

const subRow: PointwiseRow = {
  name: 'sub',
  inputs: 2,
  scalars: 0,
  forward: (a, b) => a - b,
  result: 'same',
  saves: {},
  gradient: ({ g, needs, op }) => [g, needs[1] ? op(negRow, [g]) : null],
};

/** a - b. */
export function sub(a: Tensor, b: TensorLike): Tensor {
  return typeof b === 'number'
    ? withScalar('sub', addScalarRow, a, b, -b)
    : pointwise(subRow, [a, b]);
}

/** @internal */
export const mulRow: PointwiseRow = {
  name: 'mul',
  inputs: 2,
  scalars: 0,
  forward: (a, b) => a * b,
  integer: (a, b) => Math.imul(a, b),
  result: 'same',
  saves: (needs) => ({ inputs: [0, 1].filter((i) => needs[1 - i]) }),
  gradient: ({ g, x, needs, op }) => [
    needs[0] ? op(mulRow, [g, x[1]!]) : null,
    needs[1] ? op(mulRow, [g, x[0]!]) : null,
  ],
};

/** a b, element by element. */
export function mul(a: Tensor, b: TensorLike): Tensor {
  return typeof b === 'number' ? withScalar('mul', mulScalarRow, a, b) : pointwise(mulRow, [a, b]);
}

/** @internal */
export const divRow: PointwiseRow = {
  name: 'div',
  inputs: 2,
  scalars: 0,
  forward: (a, b) => a / b,
  result: 'float',
  saves: (needs) => (needs[1] ? { inputs: [1], output: true } : { inputs: [1] }),
  // Of the quotient y, as in PyTorch: dy / b may be too small where a dy / b^2 is not.
  gradient: ({ g, x, y, needs, op }) => [
    needs[0] ? op(divRow, [g, x[1]!]) : null,
    needs[1] ? op(negRow, [op(mulRow, [g, op(divRow, [y, x[1]!])])]) : null,
  ],
  domain: [
    [-2, 2],
    [0.5, 2],
  ],
};

/** a / b; integers are divided as float32. */
export function div(a: Tensor, b: TensorLike): Tensor {
  return withNumber(divRow, a, b);
}

const maximumRow: PointwiseRow = {
  name: 'maximum',
  inputs: 2,
  scalars: 0,
  forward: (a, b) => Math.max(a, b),
  result: 'same',
  saves: savesBoth,
  gradient: ({ g, x, needs, op }) => [
    needs[0] ? op(maximumGradRow, [g, x[0]!, x[1]!]) : null,
    needs[1] ? op(maximumGradRow, [g, x[1]!, x[0]!]) : null,
  ],
};

/** The greater of two; NaN wins. */
export function maximum(a: Tensor, b: TensorLike): Tensor {
  return withNumber(maximumRow, a, b);
}

const minimumRow: PointwiseRow = {
  name: 'minimum',
  inputs: 2,
  scalars: 0,
  forward: (a, b) => Math.min(a, b),
  result: 'same',
  saves: savesBoth,
  gradient: ({ g, x, needs, op }) => [
    needs[0] ? op(maximumGradRow, [g, x[1]!, x[0]!]) : null,
    needs[1] ? op(maximumGradRow, [g, x[0]!, x[1]!]) : null,
  ],
};

/** The lesser of two; NaN wins. */
export function minimum(a: Tensor, b: TensorLike): Tensor {
  return withNumber(minimumRow, a, b);
}

/** 0 where a < b, half of dy where they are equal, else dy, also where either is NaN (PyTorch's convention). */
const maximumGradRow: PointwiseRow = {
  name: 'maximumGrad',
  inputs: 3,
  scalars: 0,
  forward: (g, a, b) => (a < b ? 0 : a === b ? g / 2 : g),
  result: 'same',
};

/** Remainder with the sign of the divisor, as Python's and PyTorch's `%`. */
const remainderRow: PointwiseRow = {
  name: 'remainder',
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
    const times = op(roundRow, [op(divRow, [op(subRow, [x[0]!, y]), x[1]!])]);
    return [g, op(negRow, [op(mulRow, [g, times])])];
  },
  domain: [
    [-4, 4],
    [0.5, 2],
  ],
};

/** Remainder with the sign of the divisor. */
export function remainder(a: Tensor, b: TensorLike): Tensor {
  return withNumber(remainderRow, a, b);
}

/** @internal */
export const addScalarRow: PointwiseRow = {
  name: 'addScalar',
  inputs: 1,
  scalars: 1,
  forward: (x, s) => x + s,
  result: 'same',
  saves: {},
  gradient: ({ g }) => [g],
  exampleScalars: [0.7],
};

/** @internal */
export const mulScalarRow: PointwiseRow = {
  name: 'mulScalar',
  inputs: 1,
  scalars: 1,
  forward: (x, s) => x * s,
  integer: (x, s) => Math.imul(x, s),
  result: 'same',
  saves: {},
  gradient: ({ g, s, op }) => [op(mulScalarRow, [g], s)],
  exampleScalars: [-1.5],
};

/** @internal */
export const negRow: PointwiseRow = {
  name: 'neg',
  inputs: 1,
  scalars: 0,
  forward: (x) => -x,
  result: 'same',
  saves: {},
  gradient: ({ g, op }) => [op(negRow, [g])],
};

/** -x. */
export function neg(x: Tensor): Tensor {
  return pointwise(negRow, [x]);
}

const absRow: PointwiseRow = {
  name: 'abs',
  inputs: 1,
  scalars: 0,
  forward: (x) => Math.abs(x),
  result: 'same',
  saves: savesInput,
  gradient: ({ g, x, op }) => [op(mulRow, [g, op(signRow, [x[0]!])])],
};

/** |x|. */
export function abs(x: Tensor): Tensor {
  return pointwise(absRow, [x]);
}

/** @internal */
export const squareRow: PointwiseRow = {
  name: 'square',
  inputs: 1,
  scalars: 0,
  forward: (x) => x * x,
  integer: (x) => Math.imul(x, x),
  result: 'same',
  saves: savesInput,
  gradient: ({ g, x, op }) => [op(mulRow, [g, op(mulScalarRow, [x[0]!], [2])])],
};

/** x². */
export function square(x: Tensor): Tensor {
  return pointwise(squareRow, [x]);
}

const reciprocalRow: PointwiseRow = unary('reciprocal', (x) => 1 / x, {
  saves: savesOutput,
  gradient: ({ g, y, op }) => [op(negRow, [op(mulRow, [g, op(squareRow, [y])])])],
  domain: [[0.5, 2]],
});

/** 1 / x. */
export function reciprocal(x: Tensor): Tensor {
  return pointwise(reciprocalRow, [x]);
}

/** 0 for NaN, as PyTorch. */
const signRow: PointwiseRow = staircase('sign', (x) => (x > 0 ? 1 : x < 0 ? -1 : 0));

/** -1, 0 or 1. */
export function sign(x: Tensor): Tensor {
  return pointwise(signRow, [x]);
}

const floorRow: PointwiseRow = staircase('floor', (x) => Math.floor(x));

/** Greatest integer not above x. */
export function floor(x: Tensor): Tensor {
  return pointwise(floorRow, [x]);
}

const ceilRow: PointwiseRow = staircase('ceil', (x) => Math.ceil(x));

/** Least integer not below x. */
export function ceil(x: Tensor): Tensor {
  return pointwise(ceilRow, [x]);
}

const roundRow: PointwiseRow = staircase('round', (x) => roundHalfEven(x));

/** Nearest integer, halves to even. */
export function round(x: Tensor): Tensor {
  return pointwise(roundRow, [x]);
}

/** @internal where(condition, a, b). */
export const whereRow: PointwiseRow = {
  name: 'where',
  inputs: 3,
  scalars: 0,
  forward: (condition, a, b) => (condition ? a : b),
  result: 'same',
  saves: { inputs: [0] },
  gradient: ({ g, x, needs, op }) => {
    const none = zero(g);
    return [
      null,
      needs[1] ? op(whereRow, [x[0]!, g, none]) : null,
      needs[2] ? op(whereRow, [x[0]!, none, g]) : null,
    ];
  },
};

/** a where the condition holds, else b. */
export function where(condition: Tensor, a: Tensor, b: TensorLike): Tensor {
  requireTensor('where', a);
  const other = toTensor('where', b, a, 'same');
  const y = pointwise(whereRow, [condition, a, other]);
  if (other !== b) other.dispose();
  return y;
}

const clampGradRow: PointwiseRow = gradientKernel(
  'clampGrad',
  (g, x, low, high) => (x >= low && x <= high ? g : 0),
  [-0.5, 1],
);

/** clamp(x, min, max): gradient where min <= x <= max. */
const clampRow: PointwiseRow = {
  name: 'clamp',
  inputs: 1,
  scalars: 2,
  forward: within,
  result: 'same',
  saves: savesInput,
  gradient: (context) => byInput(clampGradRow, context),
  exampleScalars: [-0.5, 1],
};

/**
 * x, limited to [min, max]; all is `max` where that is below `min`, as in PyTorch. Integers become float32 where a bound is a
 * fraction. Bounds may be infinite.
 * @throws ArgumentError for bounds that are NaN.
 */
export function clamp(x: Tensor, min: number, max: number): Tensor {
  requireTensor('clamp', x);
  requireKind('clamp', 'min', min, aNumber);
  requireKind('clamp', 'max', max, aNumber);
  if (isFloating(x.dtype)) return pointwise(clampRow, [x], [min, max]);
  if ([min, max].every((bound) => Number.isInteger(bound) || !Number.isFinite(bound))) {
    const { low, high } = rangeOf(x.dtype);
    const held = (bound: number): number => Math.min(Math.max(bound, low), high);
    return pointwise(clampRow, [x], [held(min), held(max)]);
  }
  const floating = cast(x, 'float32');
  const y = pointwise(clampRow, [floating], [min, max]);
  floating.dispose();
  return y;
}

/** @internal Arithmetic, elementary functions and rounding. */
export const arithmeticRows: readonly PointwiseRow[] = [
  addRow,
  subRow,
  mulRow,
  divRow,
  maximumRow,
  minimumRow,
  maximumGradRow,
  remainderRow,
  addScalarRow,
  mulScalarRow,
  negRow,
  absRow,
  squareRow,
  reciprocalRow,
  signRow,
  floorRow,
  ceilRow,
  roundRow,
  whereRow,
  clampRow,
  clampGradRow,
];
