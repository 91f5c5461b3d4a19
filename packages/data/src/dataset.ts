import type { RandomStream } from './random-stream.ts';

/**
 * Labelled samples of one shape that can be read in any order, in blocks. A dataset holds what it needs on
 * the host; tensors are made by `DataLoader`.
 */
export interface Dataset {
  /** Number of samples. */
  readonly length: number;
  /** Shape of one sample without the batch axis, channels first: [C, L] for signals, [C, H, W] for images. */
  readonly inputShape: readonly number[];
  /** Class names; label `i` means `classes[i]`. */
  readonly classes: readonly string[];
  /**
   * Writes the samples `indices`, one after another, to the front of `inputs` (float32, `indices.length`
   * times the elements of `inputShape`) and their labels to the front of `labels`. Nothing is kept and
   * nothing is allocated per sample. `random` drives random transforms; without it samples come untouched.
   *
   * @throws DatasetError (fault 'index') where an index is outside the dataset, ('batch') where an array
   *   is too short.
   */
  fill(indices: Int32Array, inputs: Float32Array, labels: Int32Array, random?: RandomStream): void;
}
