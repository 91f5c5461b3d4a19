import type { Reader } from '../reader.ts';
import { annotationReaders } from './annotations.ts';
import { idxReader } from './idx.ts';
import { onnxReaders } from './onnx.ts';
import { signalReaders } from './signals.ts';
import { weightReaders } from './weights.ts';

/** Every reader of files that the packages have, but for pictures and videos, which others' libraries decode. */
export const readers: readonly Reader[] = [
  ...weightReaders,
  ...onnxReaders,
  idxReader,
  ...signalReaders,
  ...annotationReaders,
];
