export {
  relu,
  relu6,
  hardtanh,
  leakyRelu,
  prelu,
  elu,
  selu,
  gelu,
  silu,
  mish,
  hardswish,
  hardsigmoid,
  sigmoid,
  tanh,
  softplus,
  logSigmoid,
  softsign,
  tanhshrink,
} from './activations.ts';
export * from './alpha-dropout.ts';
export {
  add,
  sub,
  mul,
  where,
  clamp,
  neg,
  abs,
  square,
  reciprocal,
  sign,
  floor,
  ceil,
  round,
  maximum,
  minimum,
  remainder,
  div,
} from './arithmetic.ts';
export * from './batch-norm.ts';
export type { BatchNormState } from './norm-state.ts';
export * from './celu.ts';
export {
  isNaN,
  isFinite,
  logicalNot,
  logicalAnd,
  logicalOr,
  logicalXor,
  eq,
  ne,
  lt,
  le,
  gt,
  ge,
} from './comparisons.ts';
export { pow, exp, expm1, log, log1p, sqrt, rsqrt, sin, cos, erf } from './elementary.ts';
export * from './conv.ts';
export * from './cross-entropy.ts';
export * from './cumsum.ts';
export * from './dropout.ts';
export * from './focal-loss.ts';
export {
  fractionalMaxPool,
  fractionalMaxPoolWithIndices,
  type FractionalMaxPoolOptions,
} from './fractional-max-pool.ts';
export * from './global-pool.ts';
export * from './grid-sample.ts';
export { groupNorm, type NormOptionsWithAffine } from './group-norm.ts';
export * from './index-select.ts';
export * from './instance-norm.ts';
export * from './interpolate.ts';
export * from './kl-div.ts';
export * from './layer-norm.ts';
export * from './layout.ts';
export * from './local-response-norm.ts';
export * from './log-sum-exp.ts';
export * from './lp-pool.ts';
export * from './margin-loss.ts';
export * from './matmul.ts';
export * from './max-unpool.ts';
export * from './move.ts';
export * from './nll-loss.ts';
export * from './nms.ts';
export * from './norm.ts';
export * from './one-hot.ts';
export * from './pad.ts';
export * from './pool.ts';
export * from './reduce.ts';
export * from './regression-losses.ts';
export * from './repeat.ts';
export * from './roi-align.ts';
export * from './roll.ts';
export { rrelu, type RReluOptions } from './rrelu.ts';
export * from './scatter.ts';
export * from './shuffle.ts';
export * from './softmax.ts';
export * from './sort.ts';
export * from './squash.ts';
export * from './statistics.ts';
export * from './truth.ts';
export {
  binaryCrossEntropy,
  binaryCrossEntropyWithLogits,
  type BinaryCrossEntropyOptions,
  type BinaryCrossEntropyWithLogitsOptions,
} from './binary-cross-entropy.ts';
export { gather } from './gather.ts';
export { aReduction, type LossOptions, type Reduction } from './reduction.ts';
export type { PointwiseRow } from './pointwise-row.ts';
export { pointwise, pointwiseRows } from './pointwise-table.ts';
export type { TensorLike } from './tensor-like.ts';
export type { AdaptiveSize, Padding, PerAxis } from './spatial.ts';
export { expand } from './broadcast.ts';
