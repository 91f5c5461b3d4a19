export { enableGrad, gradEnabled, noGrad } from './autograd.ts';
export * from './backend.ts';
export {
  capture,
  type CapturedStep,
  type CaptureOptions,
  type StepResult,
} from './capture/capture.ts';
export {
  capturing,
  everyReplay,
  everyRun,
  guardCapture,
  outsideCapture,
  refuseCapture,
} from './capture/hooks.ts';
export { checkpoint, recomputing } from './checkpoint.ts';
export { copyTo, directCopy } from './copy-to.ts';
export * from './create.ts';
export { refuseOtherCopy, type PackageCopy } from './copies.ts';
export { byteLength, Device, meta } from './device.ts';
export {
  bytesOf,
  hostArray,
  isFloating,
  storedArray,
  toStored,
  type DType,
  type StoredArray,
  type TypedArray,
} from './dtype.ts';
export * from './errors.ts';
export * from './float16.ts';
export {
  captureGraph,
  FoldCache,
  foldBatchNorm,
  formatGraph,
  fuse,
  GraphRunner,
  lastReads,
  programSlots,
  requireInput,
  ScalarBlock,
  StepMemory,
  type Block,
  type Graph,
  type GraphStep,
  type Value,
} from './graph/index.ts';
export { Holdings } from './holdings.ts';
export { onLeak, type Leak } from './leaks.ts';
export { inferShapes } from './context.ts';
export { forInference, requireTraining } from './inference.ts';
export type { Cost, Operation } from './operation.ts';
export { stepScalar, type StepScalar } from './step-scalar.ts';
export * from './ops/index.ts';
export { windowAxes, type Windows } from './ops/pool-windows.ts';
export { adaptiveSize, perAxis } from './ops/spatial.ts';
export { requireSlopes } from './ops/rrelu.ts';
export { requireFractionalSize } from './ops/fractional-max-pool.ts';
export { EagerTensor } from './eager-tensor.ts';
export { escapeXml } from './escape-xml.ts';
export { formatBytes } from './format-bytes.ts';
export { formatValue } from './format-value.ts';
export * from './kinds.ts';
export {
  checkOptions,
  nearestHint,
  nearestName,
  optionKinds,
  type OptionKinds,
} from './options.ts';
export * from './random.ts';
export { requireTensor } from './require-tensor.ts';
export { adopt, discard, keep, openScope, scope, type Scope } from './scope.ts';
export {
  broadcastShapes,
  contiguousStrides,
  elementCount,
  formatShape,
  normalizeAxis,
  sameShape,
  type Shape,
} from './shape.ts';
export {
  StateError,
  StateReader,
  type PlainState,
  type StateDict,
  type Stateful,
  type StateValue,
} from './state.ts';
export { Tensor } from './tensor.ts';
export { suppress } from './suppress.ts';
export {
  convolutionOf,
  isPointwise,
  threeAxes,
  threePoolAxes,
  type Axes,
  type Convolution,
} from './three-axes.ts';
export { trace, type TraceEvent } from './trace.ts';
export { inTurns } from './turns.ts';
export { unwrittenWord } from './unwritten.ts';
export * from './updates/index.ts';
export { aLocation, isUrl, type UrlLike } from './url.ts';
export { Versions } from './versions.ts';
