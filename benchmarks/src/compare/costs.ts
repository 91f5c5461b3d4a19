import { summary } from '@convnet/layers';

import type { ModelBuilder, ModelOptions } from '../model-table.ts';

/** What a network costs, from its shapes alone. */
export interface ModelCosts {
  readonly params: number;
  /** Multiply-accumulates for one sample. */
  readonly macs: number;
  /** Estimate for one sample of a training step on two cores; the same on every machine. */
  readonly secondsPerSample: number;
}

/**
 * Estimates for two cores, from the steps of the LeNets (docs/decisions/0004-benchmarks.md): arithmetic, the
 * reading and writing of every layer's output, and what a sample takes whatever the network.
 */
const secondsPerMac = 6e-11;
const secondsPerActivationByte = 1.5e-10;
const secondsOfOverhead = 6e-6;

/** @throws the model's errors for an input that does not fit. */
export function costsOf(build: ModelBuilder, options: ModelOptions): ModelCosts {
  const { dims: _, inChannels, inputSize } = options;
  const counted = summary(build(options), [1, inChannels, ...inputSize]);
  return {
    params: counted.parameters,
    macs: counted.macs,
    secondsPerSample:
      secondsPerMac * counted.macs +
      secondsPerActivationByte * counted.activationBytes +
      secondsOfOverhead,
  };
}
