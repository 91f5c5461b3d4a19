export * from './activation/activation.ts';
export * from './activation/parametric-activation.ts';
export { RReLU, type RReLUOptions } from './activation/rrelu.ts';
export * from './activation/softmax.ts';
export * from './block/conv-norm-activation.ts';
export * from './block/inverted-residual.ts';
export * from './block/squeeze-excitation.ts';
export { pipe } from './container/pipe.ts';
export * from './container/sequential.ts';
export * from './conv/conv.ts';
export { layersCopy } from './copy.ts';
export * from './dropout/dropout.ts';
export { StochasticDepth } from './dropout/stochastic-depth.ts';
export { compile, CompiledModel, type CompileOptions } from './graph/compile.ts';
export { features } from './graph/features.ts';
export {
  countFlops,
  summary,
  type LayerSummary,
  type Summary,
  type SummaryOptions,
} from './graph/summary.ts';
export {
  orthogonal,
  truncatedNormal,
  type OrthogonalOptions,
  type TruncatedNormalOptions,
} from './init/init-host.ts';
export { initWeights, ownRules, type WeightRules } from './init/init-weights.ts';
export * from './init/init.ts';
export * from './linear.ts';
export * from './loss/loss.ts';
export * from './model/architecture.ts';
export * from './model/keras-twin.ts';
export { makeDivisible } from './model/make-divisible.ts';
export * from './model/model-options.ts';
export { headPaths, replaceHead, type OwnHead } from './model/replace-head.ts';
export { stemReduces, type Stem } from './model/stem.ts';
export { inEvaluation } from './module/evaluation-mode.ts';
export {
  Module,
  type AnyModule,
  type ForwardHook,
  type LayerOptions,
  type Layer,
} from './module/module.ts';
export { outputShape } from './module/output-shape.ts';
export { Buffer, Parameter, type BufferOptions } from './module/parameter.ts';
export {
  StateChangedError,
  StateDictError,
  type LoadOptions,
  type LoadReport,
} from './module/state-dict.ts';
export * from './norm/batch-norm.ts';
export * from './norm/frozen-batch-norm.ts';
export * from './norm/group-norm.ts';
export * from './norm/instance-norm.ts';
export * from './norm/layer-norm.ts';
export { LocalResponseNorm } from './norm/local-response-norm.ts';
export * from './pool/fractional-max-pool.ts';
export * from './pool/lp-pool.ts';
export * from './pool/max-unpool.ts';
export * from './pool/pool.ts';
export * from './shape/flatten.ts';
export * from './shape/padding.ts';
export * from './shape/shuffle.ts';
export * from './shape/upsample.ts';
