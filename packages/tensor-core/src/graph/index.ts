export { captureGraph } from './capture.ts';
export { FoldCache, foldBatchNorm } from './fold-batch-norm.ts';
export { fuse } from './fusion/fuse.ts';
export { programSlots } from './fusion/program-slots.ts';
export { formatGraph, type Graph, type GraphStep, type Value } from './graph.ts';
export { lastReads } from './lifetimes.ts';
export { GraphRunner, requireInput } from './run.ts';
export { ScalarBlock } from './scalar-block.ts';
export { StepMemory, type Block } from './step-memory.ts';
