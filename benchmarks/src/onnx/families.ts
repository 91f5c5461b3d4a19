import type { Layer } from '@convnet/layers';
import { familyOf, type Family } from '@convnet/model-testing';
import { noGrad, scope, tensor, type Device } from '@convnet/tensor-core';

/** All families of networks. */
export const families: Readonly<Record<string, Family>> = {
  alexnet: familyOf('', await import('@convnet/alexnet')),
  capsnet: familyOf('', await import('@convnet/capsnet')),
  densenet: familyOf('', await import('@convnet/densenet')),
  efficientnet: familyOf('', await import('@convnet/efficientnet')),
  inception: familyOf('', await import('@convnet/inception')),
  lenet: familyOf('', await import('@convnet/lenet')),
  mnasnet: familyOf('', await import('@convnet/mnasnet')),
  mobilenet: familyOf('', await import('@convnet/mobilenet')),
  nin: familyOf('', await import('@convnet/nin')),
  resnet: familyOf('', await import('@convnet/resnet')),
  shufflenet: familyOf('', await import('@convnet/shufflenet')),
  squeezenet: familyOf('', await import('@convnet/squeezenet')),
  'time-series': familyOf('', await import('@convnet/time-series')),
  vgg: familyOf('', await import('@convnet/vgg')),
  video: familyOf('', await import('@convnet/video')),
  zfnet: familyOf('', await import('@convnet/zfnet')),
};

/** The builders with at most so many numbers, and at least the one with the fewest. */
export function narrowest({ architectures }: Family, mostParameters: number): ReadonlySet<string> {
  const sizes = Object.entries(architectures).map(([name, { parameters }]) => ({
    name,
    parameters,
  }));
  const least = Math.min(...sizes.map(({ parameters }) => parameters));
  const most = Math.max(least, mostParameters);
  return new Set(sizes.filter(({ parameters }) => parameters <= most).map(({ name }) => name));
}

/** What a network computes, without anything kept. */
export function outputOf(
  model: Layer,
  device: Device,
  data: Float32Array,
  shape: readonly number[],
): Promise<Float32Array> {
  const y = scope(() => noGrad(() => model.forward(tensor(data, shape, { device }))));
  return y.data().finally(() => y.dispose()) as Promise<Float32Array>;
}
