import { alexnet } from '@convnet/alexnet';
import { densenet121 } from '@convnet/densenet';
import { efficientnet_b0 } from '@convnet/efficientnet';
import { googlenet, inception_v3 } from '@convnet/inception';
import type { Layer } from '@convnet/layers';
import { mnasnet1_0 } from '@convnet/mnasnet';
import { mobilenet_v2, mobilenet_v3_large } from '@convnet/mobilenet';
import { resnet18, resnet50, resnext50_32x4d } from '@convnet/resnet';
import { shufflenet_v2_x1_0 } from '@convnet/shufflenet';
import { squeezenet1_1 } from '@convnet/squeezenet';
import { vgg16 } from '@convnet/vgg';
import { mc3_18, r2plus1d_18, r3d_18 } from '@convnet/video';

/** A network whose inference is measured. torchvision has it under the same name, with the same weights. */
export interface InferenceNetwork {
  readonly name: string;
  /** Of a batch of one: [1, 3, H, W], or [1, 3, T, H, W]. */
  readonly inputShape: readonly number[];
  /** On the meta device. */
  readonly build: () => Layer;
}

const image = [1, 3, 224, 224];
const clip = [1, 3, 16, 112, 112];

export const inferenceNetworks: readonly InferenceNetwork[] = [
  { name: 'alexnet', inputShape: image, build: () => alexnet() },
  { name: 'vgg16', inputShape: image, build: () => vgg16() },
  {
    name: 'googlenet',
    inputShape: image,
    build: () => googlenet({ auxLogits: false }),
  },
  {
    name: 'inception_v3',
    inputShape: [1, 3, 299, 299],
    build: () => inception_v3({ auxLogits: false }),
  },
  { name: 'resnet18', inputShape: image, build: () => resnet18() },
  { name: 'resnet50', inputShape: image, build: () => resnet50() },
  { name: 'resnext50_32x4d', inputShape: image, build: () => resnext50_32x4d() },
  { name: 'densenet121', inputShape: image, build: () => densenet121() },
  { name: 'squeezenet1_1', inputShape: image, build: () => squeezenet1_1() },
  { name: 'mobilenet_v2', inputShape: image, build: () => mobilenet_v2() },
  {
    name: 'mobilenet_v3_large',
    inputShape: image,
    build: () => mobilenet_v3_large(),
  },
  { name: 'mnasnet1_0', inputShape: image, build: () => mnasnet1_0() },
  {
    name: 'shufflenet_v2_x1_0',
    inputShape: image,
    build: () => shufflenet_v2_x1_0(),
  },
  { name: 'efficientnet_b0', inputShape: image, build: () => efficientnet_b0() },
  { name: 'r3d_18', inputShape: clip, build: () => r3d_18() },
  { name: 'mc3_18', inputShape: clip, build: () => mc3_18() },
  { name: 'r2plus1d_18', inputShape: clip, build: () => r2plus1d_18() },
];

export const inferenceNames: readonly string[] = inferenceNetworks.map(({ name }) => name);

/** Networks that pages run: small ones, as pages do. */
export const pageNetworks: readonly string[] = ['mobilenet_v2', 'squeezenet1_1', 'resnet18'];
