export { counted } from './format.ts';
export { jsonLines, type JsonLinesOptions } from './json-lines.ts';
export { progress, type ProgressOptions, type ProgressSink } from './progress.ts';
export { tensorBoard, type TensorBoardOptions } from './tensor-board.ts';
