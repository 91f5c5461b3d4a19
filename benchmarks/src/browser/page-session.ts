import type { OwnInference } from '../inference/own-inference.ts';

/** Libraries that pages run networks with, by the names of their packages. */
export type PageLibraryName = 'onnxruntime-web' | '@litertjs/core';

/** What they compute with. */
export type Accelerator = 'wasm' | 'webgpu';

/** A network with its input in a library that a page has loaded. */
export interface PageSession {
  /** Runs it, up to the reading of the logits. */
  logits(): Promise<ArrayLike<number>>;
  close(): Promise<void> | void;
}

/** What a library opens. */
export interface PageTask {
  /** The network, which writes itself as a file that the library reads. */
  readonly own: Pick<OwnInference, 'onnx' | 'tflite'>;
  readonly input: Float32Array;
  /** [1, 3, H, W]. */
  readonly inputShape: readonly number[];
  readonly accelerator: Accelerator;
  readonly threads: number;
  /** The address of the folder with the library's files. */
  readonly library: string;
}
