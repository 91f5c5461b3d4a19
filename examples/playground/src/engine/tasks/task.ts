import type { ArrayDataset } from '@convnet/data';
import type { AnyModule } from '@convnet/layers';
import type { Device } from '@convnet/tensor-core';

import type { TaskName } from '../api.ts';

/** A network that learns a task on the page. */
export interface Network {
  /** Of its builder; also of the file that it is saved in. */
  readonly name: string;
  readonly title: string;
  /** Of Adam. */
  readonly learningRate: number;
  build(device: Device): Promise<AnyModule>;
}

/** What a network learns on the page: two sets of samples. */
export interface Task {
  readonly name: TaskName;
  readonly train: ArrayDataset;
  readonly test: ArrayDataset;
  readonly batchSize: number;
  /** The first one is what the page opens with. */
  readonly networks: readonly [Network, ...Network[]];
  /** How a sample as the page knows it becomes the input of a network. */
  normalise(sample: Float32Array): Float32Array<ArrayBuffer>;
  /** Sample of the test set as the page knows it: grey from 0 to 1, or a signal from -1 to 1. */
  testSample(index: number): Float32Array<ArrayBuffer>;
}
