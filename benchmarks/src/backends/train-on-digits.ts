import type { DataSplit } from '@convnet/datasets';
import type { Device } from '@convnet/tensor-core';

import { atMost } from '../compare/samples.ts';
import { trainModel } from '../compare/train-model.ts';
import { buildShared, type SharedNetwork } from './networks.ts';

/** How short a training shows whether devices learn alike. */
export const digitsTraining = {
  trainSamples: 1000,
  testSamples: 1000,
  epochs: 2,
  seeds: 3,
} as const;

/** Accuracies of trainings on a thousand digits, one for each seed. */
export async function trainOnDigits(
  network: SharedNetwork,
  device: Device,
  { train, test }: DataSplit,
  onSeed: (seed: number) => void,
): Promise<number[]> {
  const { trainSamples, testSamples, epochs, seeds } = digitsTraining;
  const accuracies: number[] = [];
  for (let seed = 0; seed < seeds; seed++) {
    onSeed(seed);
    const { accuracy } = await trainModel({
      build: () => buildShared(network, device),
      device,
      train: atMost(train, trainSamples),
      test: atMost(test, testSamples),
      epochs,
      batchSize: network.batch,
      maxLearningRate: 0.006,
      seed,
      onStep: () => undefined,
      onEpoch: () => undefined,
    });
    accuracies.push(accuracy);
  }
  return accuracies;
}
