import { summary } from '@convnet/layers';
import { InputTooSmallError } from '@convnet/tensor-core';

import type { ModelBuilder, ModelOptions } from '../model-table.ts';

/** What a network is for samples of a set, from its shapes alone. */
export interface ModelCounts {
  readonly params: number;
  /** Multiply-accumulates for one sample. */
  readonly macs: number;
  /** How often each element of a sample is repeated along each axis, so that the network takes it. */
  readonly enlargement: number;
  /** [C, spatial…] of a sample, enlarged. */
  readonly inputShape: readonly number[];
}

/** The greatest enlargement that is tried. */
const mostTimes = 4;

/**
 * Counts parameters and MACs for the options' samples, enlarged two or four times where the network's strides
 * ask for it.
 * @throws the network's errors for an input that does not fit in another way.
 */
export function countsOf(build: ModelBuilder, options: ModelOptions): ModelCounts {
  for (let enlargement = 1; ; enlargement *= 2) {
    const inputSize = options.inputSize.map((extent) => extent * enlargement);
    try {
      const model = build({ ...options, inputSize });
      const inputShape = [options.inChannels, ...inputSize];
      const { parameters, macs } = summary(model, [1, ...inputShape]);
      return { params: parameters, macs, enlargement, inputShape };
    } catch (error) {
      if (!(error instanceof InputTooSmallError) || enlargement === mostTimes) throw error;
    }
  }
}
