import type { Tensor } from '../tensor.ts';
import {
  addScalarRow,
  divRow,
  mulRow,
  mulScalarRow,
  negRow,
  squareRow,
  whereRow,
  zero,
} from './arithmetic.ts';
import { eqRow, geRow, logicalAndRow } from './comparisons.ts';
import { erfOf } from './erf.ts';
import { pointwise } from './pointwise.ts';
import {
  savesInput,
  savesOutput,
  unary,
  type ApplyRow,
  type PointwiseRow,
} from './pointwise-row.ts';
import type { TensorLike } from './tensor-like.ts';

/** a to the power b, as IEEE 754 and PyTorch: 1 to any power is 1, where JavaScript has NaN. */
function power(a: number, b: number): number {
  return a === 1 || (a === -1 && Math.abs(b) === Infinity) ? 1 : Math.pow(a, b);
}

/** The same for one exponent: a half is the square root, as in PyTorch, which of -Infinity is NaN. */
function powerOf(a: number, exponent: number): number {
  if (exponent === 0.5) return Math.sqrt(a);
  return exponent === -0.5 ? 1 / Math.sqrt(a) : power(a, exponent);
}

/** Derivative of a to the power b by a: 0 for b = 0, even where a to the power -1 is infinite. */
function powSlope(op: ApplyRow, a: Tensor, b: Tensor): Tensor {
  const slope = op(mulRow, [b, op(powRow, [a, op(addScalarRow, [b], [-1])])]);
  return op(whereRow, [op(eqRow, [b, zero(b)]), zero(slope), slope]);
}

/** Derivative of y, which is a to the power b, by b: 0 for a = 0 and b ≥ 0, where the logarithm is infinite. */
function powGrowth(op: ApplyRow, a: Tensor, b: Tensor, y: Tensor): Tensor {
  const growth = op(mulRow, [y, op(logRow, [a])]);
  const still = op(logicalAndRow, [op(eqRow, [a, zero(a)]), op(geRow, [b, zero(b)])]);
  return op(whereRow, [still, zero(growth), growth]);
}

const powRow: PointwiseRow = {
  name: 'pow',
  inputs: 2,
  scalars: 0,
  forward: power,
  result: 'float',
  saves: { inputs: [0, 1], output: true },
  gradient: ({ g, x: [a, b], y, needs, op }) => [
    needs[0] ? op(mulRow, [g, powSlope(op, a!, b!)]) : null,
    needs[1] ? op(mulRow, [g, powGrowth(op, a!, b!, y)]) : null,
  ],
  domain: [
    [0.2, 2],
    [-2, 2],
  ],
};

/** a to the power b. */
export function pow(a: Tensor, b: TensorLike): Tensor {
  return typeof b === 'number' ? pointwise(powScalarRow, [a], [b]) : pointwise(powRow, [a, b]);
}

const powScalarRow: PointwiseRow = unary('powScalar', powerOf, {
  saves: savesInput,
  gradient: ({ g, x, s, op }) => [
    s[0] === 0
      ? op(mulScalarRow, [g], [0])
      : op(mulRow, [g, op(mulScalarRow, [op(powScalarRow, [x[0]!], [s[0]! - 1])], s)]),
  ],
  domain: [[0.2, 2]],
  exampleScalars: [2.5],
});

const expRow: PointwiseRow = unary('exp', Math.exp, {
  saves: savesOutput,
  gradient: ({ g, y, op }) => [op(mulRow, [g, y])],
});

/** e to the x. */
export function exp(x: Tensor): Tensor {
  return pointwise(expRow, [x]);
}

const expm1Row: PointwiseRow = unary('expm1', Math.expm1, {
  saves: savesOutput,
  gradient: ({ g, y, op }) => [op(mulRow, [g, op(addScalarRow, [y], [1])])],
});

/** exp(x) - 1, exact for small x. */
export function expm1(x: Tensor): Tensor {
  return pointwise(expm1Row, [x]);
}

const logRow: PointwiseRow = unary('log', Math.log, {
  saves: savesInput,
  gradient: ({ g, x, op }) => [op(divRow, [g, x[0]!])],
  domain: [[0.1, 4]],
});

/** Natural logarithm. */
export function log(x: Tensor): Tensor {
  return pointwise(logRow, [x]);
}

const log1pRow: PointwiseRow = unary('log1p', Math.log1p, {
  saves: savesInput,
  gradient: ({ g, x, op }) => [op(divRow, [g, op(addScalarRow, [x[0]!], [1])])],
  domain: [[-0.5, 4]],
});

/** log(1 + x), exact for small x. */
export function log1p(x: Tensor): Tensor {
  return pointwise(log1pRow, [x]);
}

const sqrtRow: PointwiseRow = unary('sqrt', Math.sqrt, {
  saves: savesOutput,
  gradient: ({ g, y, op }) => [op(divRow, [op(mulScalarRow, [g], [0.5]), y])],
  domain: [[0.1, 4]],
});

/** Square root. */
export function sqrt(x: Tensor): Tensor {
  return pointwise(sqrtRow, [x]);
}

const rsqrtRow: PointwiseRow = unary('rsqrt', (x) => 1 / Math.sqrt(x), {
  saves: savesOutput,
  gradient: ({ g, y, op }) => [
    op(mulScalarRow, [op(mulRow, [g, op(mulRow, [y, op(squareRow, [y])])])], [-0.5]),
  ],
  domain: [[0.2, 4]],
});

/** 1 / sqrt(x). */
export function rsqrt(x: Tensor): Tensor {
  return pointwise(rsqrtRow, [x]);
}

const sinRow: PointwiseRow = unary('sin', Math.sin, {
  saves: savesInput,
  gradient: ({ g, x, op }) => [op(mulRow, [g, op(cosRow, [x[0]!])])],
});

/** Sine of radians. */
export function sin(x: Tensor): Tensor {
  return pointwise(sinRow, [x]);
}

const cosRow: PointwiseRow = unary('cos', Math.cos, {
  saves: savesInput,
  gradient: ({ g, x, op }) => [op(negRow, [op(mulRow, [g, op(sinRow, [x[0]!])])])],
});

/** Cosine of radians. */
export function cos(x: Tensor): Tensor {
  return pointwise(cosRow, [x]);
}

const erfRow: PointwiseRow = unary('erf', erfOf, {
  saves: savesInput,
  gradient: ({ g, x, op }) => [
    op(
      mulScalarRow,
      [op(mulRow, [g, op(expRow, [op(negRow, [op(squareRow, [x[0]!])])])])],
      [2 / Math.sqrt(Math.PI)],
    ),
  ],
});

/** Error function. */
export function erf(x: Tensor): Tensor {
  return pointwise(erfRow, [x]);
}

/** @internal Powers and elementary functions. */
export const elementaryRows: readonly PointwiseRow[] = [
  powRow,
  powScalarRow,
  expRow,
  expm1Row,
  logRow,
  log1pRow,
  sqrtRow,
  rsqrtRow,
  sinRow,
  cosRow,
  erfRow,
];
