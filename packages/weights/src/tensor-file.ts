import type { FileTensor } from './file-tensor.ts';

/** A file of tensors that was opened. */
export interface TensorFile {
  readonly format: 'safetensors' | 'torch' | 'numpy' | 'tfjs' | 'keras';
  /** What errors call it. */
  readonly name: string;
  /** By name, in the order of the file. */
  readonly tensors: ReadonlyMap<string, FileTensor>;
  /** Texts that the writer added. */
  readonly metadata: ReadonlyMap<string, string>;
  /** Closes what was opened for reading; tensors cannot be read afterwards. */
  close(): Promise<void>;
  /** Closes the file. */
  [Symbol.asyncDispose](): Promise<void>;
}
