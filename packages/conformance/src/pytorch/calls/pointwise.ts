import * as ops from '@convnet/tensor-core/ops';
import type { Tensor } from '@convnet/tensor-core';
import type { Call, Calls } from './call.ts';

const unary =
  (op: (x: Tensor) => Tensor): Call =>
  ([x]) =>
    op(x!);

const binary =
  (op: (a: Tensor, b: Tensor | number) => Tensor): Call =>
  ([a, b], { scalar }: { scalar: number }) =>
    op(a!, b ?? scalar);

export const pointwiseCalls: Calls = {
  relu: unary(ops.relu),
  relu6: unary(ops.relu6),
  selu: unary(ops.selu),
  silu: unary(ops.silu),
  mish: unary(ops.mish),
  hardswish: unary(ops.hardswish),
  hardsigmoid: unary(ops.hardsigmoid),
  sigmoid: unary(ops.sigmoid),
  tanh: unary(ops.tanh),
  logSigmoid: unary(ops.logSigmoid),
  softsign: unary(ops.softsign),
  tanhshrink: unary(ops.tanhshrink),
  neg: unary(ops.neg),
  abs: unary(ops.abs),
  square: unary(ops.square),
  reciprocal: unary(ops.reciprocal),
  exp: unary(ops.exp),
  expm1: unary(ops.expm1),
  log: unary(ops.log),
  log1p: unary(ops.log1p),
  sqrt: unary(ops.sqrt),
  rsqrt: unary(ops.rsqrt),
  sin: unary(ops.sin),
  cos: unary(ops.cos),
  erf: unary(ops.erf),
  sign: unary(ops.sign),
  floor: unary(ops.floor),
  ceil: unary(ops.ceil),
  round: unary(ops.round),
  isNaN: unary(ops.isNaN),
  isFinite: unary(ops.isFinite),
  logicalNot: unary(ops.logicalNot),
  add: binary(ops.add),
  sub: binary(ops.sub),
  mul: binary(ops.mul),
  div: binary(ops.div),
  pow: binary(ops.pow),
  maximum: binary(ops.maximum),
  minimum: binary(ops.minimum),
  remainder: binary(ops.remainder),
  eq: binary(ops.eq),
  ne: binary(ops.ne),
  lt: binary(ops.lt),
  le: binary(ops.le),
  gt: binary(ops.gt),
  ge: binary(ops.ge),
  logicalAnd: binary(ops.logicalAnd),
  logicalOr: binary(ops.logicalOr),
  logicalXor: binary(ops.logicalXor),
  hardtanh: ([x], { min, max }: { min?: number; max?: number }) => ops.hardtanh(x!, min, max),
  clamp: ([x], { min, max }: { min: number; max: number }) => ops.clamp(x!, min, max),
  leakyRelu: ([x], { negativeSlope }: { negativeSlope?: number }) =>
    ops.leakyRelu(x!, negativeSlope),
  elu: ([x], { alpha }: { alpha?: number }) => ops.elu(x!, alpha),
  celu: ([x], { alpha }: { alpha?: number }) => ops.celu(x!, alpha),
  rrelu: ([x], { lower, upper }: { lower?: number; upper?: number }) => ops.rrelu(x!, lower, upper),
  gelu: ([x], { approximate }: { approximate?: 'none' | 'tanh' }) => ops.gelu(x!, approximate),
  softplus: ([x], { beta, threshold }: { beta?: number; threshold?: number }) =>
    ops.softplus(x!, beta, threshold),
  prelu: ([x, slope]) => ops.prelu(x!, slope!),
  where: ([condition, a, b]) => ops.where(condition!, a!, b!),
};
