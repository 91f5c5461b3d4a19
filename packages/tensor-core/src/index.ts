export { enableGrad, gradEnabled, noGrad } from './autograd.ts';
export * from './backend.ts';
export { checkpoint, recomputing } from './checkpoint.ts';
export * from './create.ts';
export { byteLength, Device, meta } from './device.ts';
export * from './dtype.ts';
export * from './errors.ts';
export * from './float16.ts';
export {
  captureGraph,
  FoldCache,
  foldBatchNorm,
  formatGraph,
  fuseConv,
  graphRunner,
  type Graph,
  type GraphStep,
  type Value,
} from './graph/index.ts';
export { assign, clone } from './in-place.ts';
export { onLeak, type Leak } from './leaks.ts';
export { inferShapes, type Cost, type Operation } from './operation.ts';
export * from './ops/index.ts';
export * from './random.ts';
export { adopt, discard, keep, openScope, scope, type Scope } from './scope.ts';
export * from './shape.ts';
export { Tensor } from './tensor.ts';
export { trace, type TraceEvent } from './trace.ts';
export { unwrittenWord } from './unwritten.ts';
