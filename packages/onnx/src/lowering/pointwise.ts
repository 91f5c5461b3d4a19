import { Inexpressible } from '../errors.ts';
import { dtypeOf, float, int, number, text, type Lowering, type Site } from './site.ts';

const same =
  (opType: string): Lowering =>
  (site) =>
    site.node(opType, site.inputs);

const scalarsOf = ({ step }: Site): readonly number[] =>
  (step.attributes as { readonly scalars: readonly number[] }).scalars;

/** With the row's number as a second operand. */
const withScalar =
  (opType: string): Lowering =>
  (site) =>
    site.node(opType, [site.inputs[0]!, number(site, scalarsOf(site)[0]!)]);

const clip: Lowering = (site) => {
  const [low, high] = scalarsOf(site) as [number, number];
  return site.node('Clip', [site.inputs[0]!, number(site, low), number(site, high)]);
};

const elu: Lowering = (site) => {
  const [alpha, scale] = scalarsOf(site) as [number, number];
  return scale === 1
    ? site.node('Elu', site.inputs, { alpha: float(alpha) })
    : site.node('Selu', site.inputs, { alpha: float(alpha), gamma: float(scale) });
};

const gelu =
  (approximate: 'none' | 'tanh'): Lowering =>
  (site) => {
    const x = site.inputs[0]!;
    if (site.graph.opset >= 20) return site.node('Gelu', [x], { approximate: text(approximate) });
    const inner =
      approximate === 'none'
        ? site.node('Erf', [site.node('Mul', [x, number(site, Math.SQRT1_2)])])
        : site.node('Tanh', [geluTanhInner(site, x)]);
    const gate = site.node('Add', [inner, number(site, 1)]);
    return site.node('Mul', [site.node('Mul', [x, number(site, 0.5)]), gate]);
  };

/** √(2/π) (x + 0.044715 x³). */
function geluTanhInner(site: Site, x: string): string {
  const square = site.node('Mul', [x, x]);
  const bent = site.node('Mul', [square, number(site, 0.044715)]);
  const factor = site.node('Add', [bent, number(site, 1)]);
  const scaled = site.node('Mul', [x, number(site, Math.sqrt(2 / Math.PI))]);
  return site.node('Mul', [scaled, factor]);
}

const mish: Lowering = (site) => {
  const x = site.inputs[0]!;
  if (site.graph.opset >= 18) return site.node('Mish', [x]);
  return site.node('Mul', [x, site.node('Tanh', [site.node('Softplus', [x])])]);
};

const hardsigmoid: Lowering = (site) =>
  site.node('HardSigmoid', site.inputs, { alpha: float(1 / 6), beta: float(0.5) });

const hardswish: Lowering = (site) =>
  site.graph.opset >= 14
    ? site.node('HardSwish', site.inputs)
    : site.node('Mul', [site.inputs[0]!, hardsigmoid(site)]);

const softplus: Lowering = (site) => {
  const [beta, threshold] = scalarsOf(site) as [number, number];
  const x = site.inputs[0]!;
  const scaled = beta === 1 ? x : site.node('Mul', [x, number(site, beta)]);
  const soft = site.node('Softplus', [scaled]);
  const y = beta === 1 ? soft : site.node('Div', [soft, number(site, beta)]);
  // From 20 on both are the same number in single precision.
  if (threshold >= 20 && dtypeOf(site) === 'float32') return y;
  const isLinear = site.node('Greater', [scaled, number(site, threshold)]);
  return site.node('Where', [isLinear, x, y]);
};

const remainder: Lowering = (site) => {
  const [a, b] = site.inputs as [string, string];
  if (!dtypeOf(site).startsWith('float')) return site.node('Mod', [a, b]);
  const whole = site.node('Floor', [site.node('Div', [a, b])]);
  return site.node('Sub', [a, site.node('Mul', [whole, b])]);
};

const div: Lowering = (site) => {
  if (!dtypeOf(site).startsWith('float')) {
    throw new Inexpressible(`division of ${dtypeOf(site)}`);
  }
  return site.node('Div', site.inputs);
};

/** An input as bool: whether it is not 0. */
function truth(site: Site, i: number): string {
  if (dtypeOf(site, i) === 'bool') return site.inputs[i]!;
  return site.node('Cast', [site.inputs[i]!], { to: int(9) });
}

const logical =
  (opType: string): Lowering =>
  (site) =>
    site.node(
      opType,
      site.inputs.map((_, i) => truth(site, i)),
    );

/** Order is not defined for bool in ONNX. */
const comparison =
  (opType: string): Lowering =>
  (site) => {
    const isBool = dtypeOf(site) === 'bool';
    if (!isBool || opType === 'Equal') return site.node(opType, site.inputs);
    return site.node(
      opType,
      site.inputs.map((input) => site.node('Cast', [input], { to: int(6) })),
    );
  };

export const pointwiseLowerings: Readonly<Record<string, Lowering>> = {
  relu: same('Relu'),
  sigmoid: same('Sigmoid'),
  tanh: same('Tanh'),
  hardtanh: clip,
  leakyRelu: (site) => site.node('LeakyRelu', site.inputs, { alpha: float(scalarsOf(site)[0]!) }),
  elu,
  gelu: gelu('none'),
  geluTanh: gelu('tanh'),
  silu: (site) => site.node('Mul', [site.inputs[0]!, site.node('Sigmoid', site.inputs)]),
  mish,
  hardswish,
  hardsigmoid,
  softplus,
  prelu: same('PRelu'),
  add: same('Add'),
  sub: same('Sub'),
  mul: same('Mul'),
  div,
  pow: same('Pow'),
  maximum: same('Max'),
  minimum: same('Min'),
  remainder,
  addScalar: withScalar('Add'),
  mulScalar: withScalar('Mul'),
  powScalar: withScalar('Pow'),
  neg: same('Neg'),
  abs: same('Abs'),
  square: (site) => site.node('Mul', [site.inputs[0]!, site.inputs[0]!]),
  reciprocal: same('Reciprocal'),
  exp: same('Exp'),
  expm1: (site) => site.node('Sub', [site.node('Exp', site.inputs), number(site, 1)]),
  log: same('Log'),
  log1p: (site) => site.node('Log', [site.node('Add', [site.inputs[0]!, number(site, 1)])]),
  sqrt: same('Sqrt'),
  rsqrt: (site) => site.node('Reciprocal', [site.node('Sqrt', site.inputs)]),
  sin: same('Sin'),
  cos: same('Cos'),
  erf: same('Erf'),
  sign: same('Sign'),
  floor: same('Floor'),
  ceil: same('Ceil'),
  round: same('Round'),
  where: (site) => site.node('Where', [truth(site, 0), site.inputs[1]!, site.inputs[2]!]),
  clamp: clip,
  isNaN: same('IsNaN'),
  isFinite: (site) => {
    const [isNaN, isInfinite] = [site.node('IsNaN', site.inputs), site.node('IsInf', site.inputs)];
    return site.node('Not', [site.node('Or', [isNaN, isInfinite])]);
  },
  logicalNot: logical('Not'),
  logicalAnd: logical('And'),
  logicalOr: logical('Or'),
  logicalXor: logical('Xor'),
  eq: comparison('Equal'),
  ne: (site) => site.node('Not', [site.node('Equal', site.inputs)]),
  lt: comparison('Less'),
  le: comparison('LessOrEqual'),
  gt: comparison('Greater'),
  ge: comparison('GreaterOrEqual'),
};
