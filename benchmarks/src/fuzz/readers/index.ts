import type { Reader } from '../reader.ts';
import { dataReaders } from './data.ts';
import { onnxReaders } from './onnx.ts';
import { weightReaders } from './weights.ts';

/** Every reader of files that the packages have. */
export const readers: readonly Reader[] = [...weightReaders, ...onnxReaders, ...dataReaders];
