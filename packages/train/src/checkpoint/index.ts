export { Checkpoints, type CheckpointsOptions, type SkippedCheckpoint } from './checkpoints.ts';
export { checkpointContents, type CheckpointParts } from './contents.ts';
export { CheckpointError, type CheckpointFault } from './errors.ts';
export { encodeCheckpoint, loadCheckpoint } from './save-and-load.ts';
export { memoryStore, type CheckpointStore } from './store.ts';
