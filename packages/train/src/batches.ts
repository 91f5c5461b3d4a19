import type { Tensor } from '@convnet/tensor-core';

/** Batches of inputs and labels that can be run through more than once, such as a `DataLoader`. */
export interface Batches extends AsyncIterable<[inputs: Tensor, labels: Tensor]> {
  /** Number of batches. */
  readonly length: number;
  /**
   * Number of the next epoch, where there is one that can be set to have an epoch again as it was: a NaN is looked
   * for that way.
   */
  epoch?: number;
}
