import {
  abs,
  add,
  cast,
  ceil,
  celu,
  clamp,
  cos,
  div,
  elu,
  eq,
  erf,
  exp,
  floor,
  full,
  ge,
  gelu,
  gt,
  hardswish,
  isFinite,
  isNaN,
  le,
  leakyRelu,
  log,
  logicalAnd,
  logicalNot,
  logicalOr,
  logicalXor,
  lt,
  maximum,
  minimum,
  mish,
  mul,
  ne,
  neg,
  normalizeAxis,
  pow,
  prelu,
  reciprocal,
  relu,
  remainder,
  reshape,
  round,
  selu,
  sigmoid,
  sign,
  silu,
  sin,
  softplus,
  softsign,
  sqrt,
  square,
  sub,
  tanh,
  where,
  type Tensor,
  type TensorLike,
} from '@convnet/tensor-core';

import type { NodeReader } from '../import/node-reader.ts';
import type { Operator } from '../import/operator.ts';
import { asNumbers, type Operands } from '../import/operands.ts';

/** A function of one tensor, without attributes. */
export const unary = (compute: (x: Tensor) => Tensor): Operator => ({
  prepare: () => (inputs) => compute(inputs.tensor(0)),
});

const isInteger = (x: Tensor): boolean => !x.dtype.startsWith('float');

/** Reads both operands; the second as a number where the host knows it. */
function pairs(node: NodeReader): (inputs: Operands) => [Tensor, TensorLike] {
  // Before opset 7 the axes of the second began at one of the first.
  const isOld = node.opset < 7;
  if (isOld) node.ignore('broadcast');
  const axis = isOld && node.has('axis') ? node.int('axis', 0) : null;
  return (inputs) => {
    const a = inputs.tensor(0);
    if (axis === null) return [a, inputs.scalarOrTensor(1, a)];
    const b = inputs.tensor(1);
    const behind = a.rank - normalizeAxis(node.opType, axis, a.rank) - b.rank;
    return [a, reshape(b, [...b.shape, ...Array.from({ length: Math.max(0, behind) }, () => 1)])];
  };
}

/** The result in the type of the operands, as ONNX has it. */
const binary = (compute: (a: Tensor, b: TensorLike) => Tensor): Operator => ({
  prepare: (node) => {
    const pair = pairs(node);
    return (inputs) => {
      const [a, b] = pair(inputs);
      const y = compute(a, b);
      return isInteger(a) ? cast(y, a.dtype) : y;
    };
  },
});

const compared = (compare: (a: Tensor, b: TensorLike) => Tensor): Operator => ({
  prepare: (node) => {
    const pair = pairs(node);
    return (inputs) => compare(...pair(inputs));
  },
});

/** Any number of operands. */
const variadic = (compute: (a: Tensor, b: Tensor) => Tensor): Operator => ({
  prepare: () => (inputs) => inputs.tensors().reduce((a, b) => compute(a, b)),
});

const mean: Operator = {
  prepare: () => (inputs) =>
    div(
      inputs.tensors().reduce((a, b) => add(a, b)),
      inputs.count,
    ),
};

/** Integers are divided towards zero. */
function quotient(a: Tensor, b: TensorLike): Tensor {
  if (!isInteger(a)) return div(a, b);
  const exact = cast(div(sub(a, remainder(a, b)), b), 'int32');
  const isBelowZero =
    typeof b === 'number' ? full([], Number(b < 0), { device: a.device, dtype: 'bool' }) : lt(b, 0);
  // What is left has the sign of the divisor: below zero the whole number above is meant.
  const isBetween = logicalAnd(ne(remainder(a, b), 0), logicalXor(lt(a, 0), isBelowZero));
  return add(exact, cast(isBetween, 'int32'));
}

const modulo: Operator = {
  prepare: (node) => {
    const isC = node.flag('fmod');
    const pair = pairs(node);
    return (inputs) => {
      const [a, b] = pair(inputs);
      if (!isC) return cast(remainder(a, b), a.dtype);
      const size = typeof b === 'number' ? Math.abs(b) : abs(b);
      return cast(mul(sign(a), remainder(abs(a), size)), a.dtype);
    };
  },
};

const clip: Operator = {
  prepare: (node) => {
    const low = node.opset < 11 ? node.float('min', -Infinity) : -Infinity;
    const high = node.opset < 11 ? node.float('max', Infinity) : Infinity;
    return (inputs) => {
      const x = inputs.tensor(0);
      const bounds = [1, 2].map((i) => (inputs.has(i) ? inputs.scalarOrTensor(i, x) : null));
      const [least = low, most = high] = bounds.map((bound) => bound ?? undefined);
      if (typeof least === 'number' && typeof most === 'number') {
        return least < most ? clamp(x, least, most) : minimum(maximum(x, least), most);
      }
      return minimum(maximum(x, least), most);
    };
  },
};

const hardSigmoid: Operator = {
  prepare: (node) => {
    const alpha = node.float('alpha', 0.2);
    const beta = node.float('beta', 0.5);
    return (inputs) => clamp(add(mul(inputs.tensor(0), alpha), beta), 0, 1);
  },
};

const eluOf: Operator = {
  prepare: (node) => {
    const alpha = node.float('alpha', 1);
    return (inputs) => elu(inputs.tensor(0), alpha);
  },
};

const celuOf: Operator = {
  prepare: (node) => {
    const alpha = node.float('alpha', 1);
    return (inputs) => celu(inputs.tensor(0), alpha);
  },
};

const seluOf: Operator = {
  prepare: (node) => {
    const [alpha, gamma] = [1.6732632423543772, 1.0507009873554805];
    const own = [node.float('alpha', alpha), node.float('gamma', gamma)] as const;
    const isUsual = Math.abs(own[0] - alpha) < 1e-6 && Math.abs(own[1] - gamma) < 1e-6;
    return (inputs) => {
      const x = inputs.tensor(0);
      return isUsual ? selu(x) : mul(elu(x, own[0]), own[1]);
    };
  },
};

const leaky: Operator = {
  prepare: (node) => {
    const alpha = node.float('alpha', 0.01);
    return (inputs) => leakyRelu(inputs.tensor(0), alpha);
  },
};

const preluOf: Operator = {
  learned: [1],
  prepare: (node) => (inputs) => {
    const [x, slope] = [inputs.tensor(0), inputs.tensor(1)];
    // One slope, or one for each channel, is what the layer has; others broadcast.
    const axis = slope.rank - x.rank + 1;
    const isOld = node.opset < 7 && slope.rank === 1;
    const isPerChannel = isOld || slope.shape.every((extent, i) => extent === 1 || i === axis);
    if (isPerChannel && (slope.size === 1 || slope.size === x.shape[1])) {
      return prelu(x, reshape(slope, [slope.size]));
    }
    return add(relu(x), mul(slope, minimum(x, 0)));
  },
};

const geluOf: Operator = {
  prepare: (node) => {
    const approximate = node.string('approximate', ['none', 'tanh'], 'none');
    return (inputs) => gelu(inputs.tensor(0), approximate);
  },
};

const swish: Operator = {
  prepare: (node) => {
    const alpha = node.float('alpha', 1);
    return (inputs) => {
      const x = inputs.tensor(0);
      return alpha === 1 ? silu(x) : mul(x, sigmoid(mul(x, alpha)));
    };
  },
};

const thresholded: Operator = {
  prepare: (node) => {
    const alpha = node.float('alpha', 1);
    return (inputs) => {
      const x = inputs.tensor(0);
      return where(gt(x, alpha), x, 0);
    };
  },
};

const shrink: Operator = {
  prepare: (node) => {
    const lambda = node.float('lambd', 0.5);
    const bias = node.float('bias', 0);
    return (inputs) => {
      const x = inputs.tensor(0);
      return where(lt(x, -lambda), add(x, bias), where(gt(x, lambda), sub(x, bias), 0));
    };
  },
};

const isInfinite: Operator = {
  prepare: (node) => {
    const positive = node.flag('detect_positive', true);
    const negative = node.flag('detect_negative', true);
    return (inputs) => {
      const x = inputs.tensor(0);
      const sides = [...(positive ? [Infinity] : []), ...(negative ? [-Infinity] : [])];
      const found = sides.map((side) => eq(x, side));
      return found.reduce(logicalOr, logicalAnd(isFinite(x), isNaN(x)));
    };
  },
};

const whereOf: Operator = {
  prepare: () => (inputs) => {
    const condition = cast(inputs.tensor(0), 'bool');
    const [a, b] = [inputs.tensor(1), inputs.tensor(2)];
    return where(condition, a, b);
  },
};

const power: Operator = {
  prepare: (node) => {
    const pair = pairs(node);
    return (inputs) => {
      const [a, b] = pair(inputs);
      if (b === 2) return mul(a, a);
      if (b === 0.5 && !isInteger(a)) return sqrt(a);
      if (!isInteger(a)) return pow(a, typeof b === 'number' ? b : cast(b, a.dtype));
      const power = typeof b === 'number' ? b : cast(b, 'float32');
      return cast(round(pow(cast(a, 'float32'), power)), a.dtype);
    };
  },
};

const unaryNumbers = (compute: (x: Tensor) => Tensor): Operator =>
  unary((x) => cast(compute(asNumbers(x)), x.dtype));

export const pointwiseOperators: Readonly<Record<string, Operator>> = {
  Abs: unaryNumbers(abs),
  Acosh: unary((x) => log(add(x, sqrt(sub(square(x), 1))))),
  Add: binary(add),
  And: compared(logicalAnd),
  Asinh: unary((x) => mul(sign(x), log(add(abs(x), sqrt(add(square(x), 1)))))),
  Atanh: unary((x) => mul(log(div(add(x, 1), add(neg(x), 1))), 0.5)),
  Ceil: unary(ceil),
  Celu: celuOf,
  Clip: clip,
  Cos: unary(cos),
  Cosh: unary((x) => mul(add(exp(x), exp(neg(x))), 0.5)),
  Div: binary(quotient),
  Elu: eluOf,
  Equal: compared(eq),
  Erf: unary(erf),
  Exp: unary(exp),
  Floor: unary(floor),
  Gelu: geluOf,
  Greater: compared(gt),
  GreaterOrEqual: compared(ge),
  HardSigmoid: hardSigmoid,
  HardSwish: unary(hardswish),
  IsInf: isInfinite,
  IsNaN: unary(isNaN),
  LeakyRelu: leaky,
  Less: compared(lt),
  LessOrEqual: compared(le),
  Log: unary(log),
  Max: variadic(maximum),
  Mean: mean,
  Min: variadic(minimum),
  Mish: unary(mish),
  Mod: modulo,
  Mul: binary(mul),
  Neg: unary(neg),
  Not: unary(logicalNot),
  Or: compared(logicalOr),
  PRelu: preluOf,
  Pow: power,
  Reciprocal: unary(reciprocal),
  Relu: unary(relu),
  Round: unary(round),
  Selu: seluOf,
  Shrink: shrink,
  Sigmoid: unary(sigmoid),
  Sign: unaryNumbers(sign),
  Sin: unary(sin),
  Sinh: unary((x) => mul(sub(exp(x), exp(neg(x))), 0.5)),
  Softplus: unary((x) => softplus(x)),
  Softsign: unary(softsign),
  Sqrt: unary(sqrt),
  Sub: binary(sub),
  Sum: variadic(add),
  Swish: swish,
  Tan: unary((x) => div(sin(x), cos(x))),
  Tanh: unary(tanh),
  ThresholdedRelu: thresholded,
  Where: whereOf,
  Xor: compared(logicalXor),
};
