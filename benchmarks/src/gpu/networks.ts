import { densenet121 } from '@convnet/densenet';
import { efficientnet_b0 } from '@convnet/efficientnet';
import { lenet5_relu } from '@convnet/lenet';
import { mobilenet_v2 } from '@convnet/mobilenet';
import { resnet18, resnet50 } from '@convnet/resnet';
import type { Rank } from '@convnet/layers';
import type { Device } from '@convnet/tensor-core';
import type { Classifier } from '@convnet/train';

/** What a network is timed on. */
export interface GpuRow {
  readonly model: string;
  readonly dims: 1 | 2;
  readonly batch: number;
  readonly inputShape: readonly number[];
  readonly numClasses: number;
}

interface BuildOptions {
  readonly dims: Rank;
  readonly inChannels: number;
  readonly numClasses: number;
  readonly device: Device;
}

const builders: Readonly<Record<string, (options: BuildOptions) => Classifier>> = {
  densenet121,
  efficientnet_b0,
  lenet5_relu,
  mobilenet_v2,
  resnet18,
  resnet50,
};

export function buildRow(
  { model, dims, inputShape, numClasses }: GpuRow,
  device: Device,
): Classifier {
  return builders[model]!({ dims, inChannels: inputShape[0]!, numClasses, device });
}

const images = (model: string, batch: number): GpuRow => ({
  model,
  dims: 2,
  batch,
  inputShape: [3, 224, 224],
  numClasses: 1000,
});

const signals = (model: string): GpuRow => ({
  model,
  dims: 1,
  batch: 256,
  inputShape: [12, 1000],
  numClasses: 1000,
});

const digits: GpuRow = {
  model: 'lenet5_relu',
  dims: 2,
  batch: 64,
  inputShape: [1, 28, 28],
  numClasses: 10,
};

const imageModels = ['resnet18', 'resnet50', 'mobilenet_v2', 'densenet121', 'efficientnet_b0'];

/** Rows whose training steps are compared with PyTorch's: issue 15's, and small work. */
export const trainingRows: readonly GpuRow[] = [
  ...imageModels.map((model) => images(model, 64)),
  signals('resnet18'),
  signals('mobilenet_v2'),
  digits,
  images('resnet18', 8),
];

/** Rows whose training steps on WebGPU are compared with PyTorch's: two networks on images, signals, and small work. */
export const webgpuTrainingRows: readonly GpuRow[] = [
  images('resnet18', 32),
  images('mobilenet_v2', 32),
  signals('resnet18'),
  digits,
];

/** Rows whose inference is compared: one image, and 64. */
export const inferenceRows: readonly GpuRow[] = imageModels.flatMap((model) => [
  images(model, 1),
  images(model, 64),
]);

/** The smallest work of each kind: for trying the script. */
export const quickRows: readonly GpuRow[] = [{ ...digits, batch: 2 }];
