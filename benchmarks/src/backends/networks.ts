import type { Classifier } from '@convnet/train';

import { members, type MemberOptions } from '../architectures/members.ts';

/** A network that every device runs. */
export interface SharedNetwork {
  readonly name: string;
  readonly dims: 1 | 2;
  /** Samples of a training step. */
  readonly batch: number;
  readonly inputShape: readonly number[];
  readonly numClasses: number;
}

const digits = { inputShape: [1, 28, 28], numClasses: 10, dims: 2, batch: 32 } as const;
const drawings = { inputShape: [1, 32, 32], numClasses: 100, dims: 2, batch: 8 } as const;
const signals = { inputShape: [1, 256], numClasses: 10, dims: 1, batch: 8 } as const;

/** Small enough for the reference, which no one made fast. */
export const sharedNetworks: readonly SharedNetwork[] = [
  { name: 'lenet5_relu', ...digits },
  { name: 'mobilenet_v2_w0.25', ...drawings },
  { name: 'resnet18_w16', ...drawings },
  { name: 'resnet18_w16', ...signals },
];

/** The network whose accuracies are compared. */
export const trainedNetwork = 'lenet5_relu';

export const sharedNames: readonly string[] = [...new Set(sharedNetworks.map(({ name }) => name))];

/** The network; on the meta device without one. */
export function buildShared(
  { name, dims, inputShape, numClasses }: SharedNetwork,
  device?: MemberOptions['device'],
): Classifier {
  const [inChannels, ...inputSize] = inputShape;
  const { build } = members.find((member) => member.name === name)!;
  const options = {
    dims,
    inChannels: inChannels!,
    inputSize,
    numClasses,
    stem: 'imagenet',
  } as const;
  return build(device === undefined ? options : { ...options, device });
}
