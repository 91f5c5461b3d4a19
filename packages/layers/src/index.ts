export * from './activation.ts';
export * from './architecture.ts';
export * from './batch-norm.ts';
export { compile, CompiledModel, type CompileOptions } from './compile.ts';
export * from './conv-norm-activation.ts';
export * from './conv.ts';
export * from './dropout.ts';
export { inEvaluation } from './evaluation-mode.ts';
export { features } from './features.ts';
export * from './flatten.ts';
export * from './group-norm.ts';
export { initWeights, type WeightRules } from './init-weights.ts';
export {
  orthogonal,
  truncatedNormal,
  type OrthogonalOptions,
  type TruncatedNormalOptions,
} from './init-host.ts';
export * from './init.ts';
export * from './instance-norm.ts';
export * from './inverted-residual.ts';
export * from './layer-norm.ts';
export * from './layer-ranks.ts';
export * from './linear.ts';
export { LocalResponseNorm } from './local-response-norm.ts';
export * from './loss.ts';
export * from './lp-pool.ts';
export { makeDivisible } from './make-divisible.ts';
export * from './max-unpool.ts';
export * from './model-options.ts';
export {
  Module,
  type AnyModule,
  type ForwardHook,
  type LayerOptions,
  type Layer,
} from './module.ts';
export * from './norm-ranks.ts';
export { outputShape } from './output-shape.ts';
export * from './padding-ranks.ts';
export * from './padding.ts';
export { Buffer, Parameter, type BufferOptions } from './parameter.ts';
export * from './parametric-activation.ts';
export { pipe } from './pipe.ts';
export * from './pool-ranks.ts';
export * from './pool.ts';
export * from './sequential.ts';
export * from './shuffle.ts';
export * from './softmax.ts';
export * from './squeeze-excitation.ts';
export {
  StateChangedError,
  StateDictError,
  type LoadOptions,
  type LoadReport,
} from './state-dict.ts';
export { stemReduces, type Stem } from './stem.ts';
export { StochasticDepth } from './stochastic-depth.ts';
export {
  countFlops,
  summary,
  type LayerSummary,
  type Summary,
  type SummaryOptions,
} from './summary.ts';
export * from './upsample.ts';
