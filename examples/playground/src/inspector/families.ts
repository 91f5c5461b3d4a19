import type { ArchitectureInfo, Rank } from '@convnet/layers';

/** What a family's package exports, as far as it is looked at. */
export interface FamilyModule {
  readonly ranks: readonly Rank[];
  readonly architectures?: Readonly<Record<string, ArchitectureInfo>>;
}

/** The families by the names of their packages; each is loaded when it is asked for. */
export const families: Readonly<Record<string, () => Promise<FamilyModule>>> = {
  alexnet: () => import('@convnet/alexnet'),
  capsnet: () => import('@convnet/capsnet'),
  densenet: () => import('@convnet/densenet'),
  detection: () => import('@convnet/detection'),
  efficientnet: () => import('@convnet/efficientnet'),
  inception: () => import('@convnet/inception'),
  lenet: () => import('@convnet/lenet'),
  mnasnet: () => import('@convnet/mnasnet'),
  mobilenet: () => import('@convnet/mobilenet'),
  nin: () => import('@convnet/nin'),
  resnet: () => import('@convnet/resnet'),
  shufflenet: () => import('@convnet/shufflenet'),
  squeezenet: () => import('@convnet/squeezenet'),
  'time-series': () => import('@convnet/time-series'),
  vgg: () => import('@convnet/vgg'),
  video: () => import('@convnet/video'),
  zfnet: () => import('@convnet/zfnet'),
};
