import type { Device } from '@convnet/tensor-core';

import { inferenceNetworks } from '../inference/networks.ts';
import { OwnInference } from '../inference/own-inference.ts';
import type { Stepper } from '../training/alternate.ts';
import { networkOf, trainedBatches } from '../training/networks.ts';
import { OwnSteps } from '../training/own-steps.ts';

/** Something that is run on one thread and on several. */
export interface ScalingCase {
  readonly model: string;
  readonly work: 'inference' | 'training';
  /** Batch included. */
  readonly inputShape: readonly number[];
  readonly open: (device: Device) => Promise<Stepper & { dispose(): void }>;
}

function inferenceOf(model: string): ScalingCase {
  const network = inferenceNetworks.find(({ name }) => name === model)!;
  const { inputShape } = network;
  const count = inputShape.reduce((product, extent) => product * extent, 1);
  const input = Float32Array.from({ length: count }, (_, i) => Math.sin(i * 0.37));
  return {
    model,
    work: 'inference',
    inputShape,
    open: (device) => OwnInference.of(network, input, device),
  };
}

function trainingOf(model: string): ScalingCase {
  const batch = trainedBatches.find((each) => each.model === model && each.dims === 2)!;
  return {
    model,
    work: 'training',
    inputShape: [batch.batch, ...batch.inputShape],
    open: async (device) => new OwnSteps(batch, device, (on) => networkOf(batch, on)),
  };
}

/** Networks that are run. */
export const scalingNames: readonly string[] = ['resnet18', 'mobilenet_v2'];

export const scalingCases: readonly ScalingCase[] = scalingNames.flatMap((model) => [
  inferenceOf(model),
  trainingOf(model),
]);
