import { lenet5, lenet5_relu, lenet_bn } from '@convnet/lenet';
import type { Device } from '@convnet/tensor-core';
import type { Classifier } from '@convnet/train';

/** What a network of the benchmarks is built for. */
export interface ModelOptions {
  /** Spatial axes. */
  readonly dims: 1 | 2;
  readonly inChannels: number;
  readonly numClasses: number;
  /** Extent of each spatial axis. */
  readonly inputSize: readonly number[];
  /** Default: the meta device, for counting. */
  readonly device?: Device;
}

export type ModelBuilder = (options: ModelOptions) => Classifier;

/** The networks that are compared, by name, each in one and two dimensions. */
export const models: Readonly<Record<string, ModelBuilder>> = {
  lenet5,
  lenet5_relu,
  lenet_bn,
};

export const modelNames: readonly string[] = Object.keys(models);
