import { densenet121 } from '@convnet/densenet';
import type { Rank } from '@convnet/layers';
import { lenet5, lenet5_relu, lenet_bn } from '@convnet/lenet';
import { mobilenet_v2 } from '@convnet/mobilenet';
import { resnet18 } from '@convnet/resnet';
import { squeezenet1_1 } from '@convnet/squeezenet';
import type { Device } from '@convnet/tensor-core';
import type { Classifier } from '@convnet/train';
import { vgg11 } from '@convnet/vgg';
import { mc3_18, r2plus1d_18, r3d_18, type VideoResNetBuilder } from '@convnet/video';

import type { StepSpec } from '../peers/peer.ts';

interface BuildOptions {
  readonly dims: Rank;
  readonly inChannels: number;
  readonly numClasses: number;
  readonly device?: Device;
}

type Build = (options: BuildOptions, inputSize: readonly number[]) => Classifier;

const builders: Readonly<Record<string, Build>> = {
  lenet5: (options, inputSize) => lenet5({ ...options, inputSize }),
  lenet5_relu: (options, inputSize) => lenet5_relu({ ...options, inputSize }),
  lenet_bn: (options, inputSize) => lenet_bn({ ...options, inputSize }),
  resnet18,
  mobilenet_v2,
  densenet121,
  squeezenet1_1,
  vgg11,
  r3d_18: ofClips(r3d_18),
  mc3_18: ofClips(mc3_18),
  r2plus1d_18: ofClips(r2plus1d_18),
};

/** A builder of the one rank that videos have. */
function ofClips(build: VideoResNetBuilder): Build {
  return (options) => build({ ...options, dims: 3 });
}

/** Networks whose training steps can be timed. */
export const trainedNames: readonly string[] = Object.keys(builders);

/** What is trained: a batch of noise, as often as one likes. */
export type TrainedBatch = Omit<StepSpec, 'threads'>;

/** The network of a batch, on a device; without one, on the meta device. */
export function networkOf(batch: TrainedBatch, device?: Device): Classifier {
  const { model, dims, inputShape, numClasses } = batch;
  const [inChannels, ...inputSize] = inputShape;
  const options = { dims, inChannels: inChannels!, numClasses };
  return builders[model]!(device === undefined ? options : { ...options, device }, inputSize);
}

const lenets = ['lenet5', 'lenet5_relu', 'lenet_bn'];
const digits = { dims: 2, batch: 64, inputShape: [1, 28, 28], numClasses: 10 } as const;
const digitRows = { dims: 1, batch: 64, inputShape: [28, 28], numClasses: 10 } as const;

function images(model: string, batch: number, extent: number): TrainedBatch {
  return { model, dims: 2, batch, inputShape: [3, extent, extent], numClasses: 1000 };
}

/** A clip of 16 frames, in as many classes as Kinetics-400 has. */
function clip(model: string): TrainedBatch {
  return { model, dims: 3, batch: 1, inputShape: [3, 16, 112, 112], numClasses: 400 };
}

/** LeNets on digits, as images and as signals of 28 channels; then larger networks with 1000 classes, and networks for videos. */
export const trainedBatches: readonly TrainedBatch[] = [
  ...lenets.map((model) => ({ model, ...digits })),
  ...lenets.map((model) => ({ model, ...digitRows })),
  { model: 'resnet18', dims: 1, batch: 32, inputShape: [1, 1000], numClasses: 1000 },
  images('resnet18', 8, 64),
  images('mobilenet_v2', 8, 64),
  images('densenet121', 4, 64),
  images('squeezenet1_1', 8, 224),
  images('vgg11', 4, 64),
  clip('r3d_18'),
  clip('mc3_18'),
  clip('r2plus1d_18'),
];
