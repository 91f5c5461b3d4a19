import { ArgumentError } from '@convnet/tensor-core';

/**
 * A file of published weights: where it is, how to know it, and what was measured with it. `loadWeights` of
 * `@convnet/weights` downloads and loads it.
 */
export interface PretrainedWeights {
  /** Name of the file. */
  readonly file: string;
  readonly url: string;
  /** The first hexadecimal digits of the SHA-256 of its content, as published. */
  readonly sha256: string;
  /** Its length in bytes, to within a KiB: it is published in MiB with three decimals. */
  readonly bytes: number;
  readonly licence: string;
  /**
   * Share of the validation images of ImageNet-1K, or videos of Kinetics-400, classified rightly, and within five
   * guesses, in percent. Absent where the file has no classifier.
   */
  readonly accuracy?: { readonly top1: number; readonly top5: number };
  /**
   * What its classes are. `@convnet/weights` has their names: `imagenetClasses`, and the 400 of `kineticsClasses`. Absent
   * without a classifier.
   */
  readonly classes?: 'ImageNet-1K' | 'Kinetics-400';
  readonly preprocessing: Preprocessing;
  /** How names in the file become names of the network, where they differ: patterns and replacements. */
  readonly renames?: readonly (readonly [pattern: RegExp, replacement: string])[];
  /** Names in the file of what a network may lack, such as auxiliary classifiers. */
  readonly spare?: RegExp;
  /** Options that the builder needs for these weights. */
  readonly builderOptions?: Readonly<Record<string, unknown>>;
}

/** The files of one builder, by torchvision's names. */
export type PretrainedFiles<Name extends string> = Readonly<Record<Name, PretrainedWeights>>;

/** What is done to an image, or to each frame of a video, before the network sees it. */
export interface Preprocessing {
  /** The shorter side after resizing, in pixels; or both sides, [height, width], whatever they were. */
  readonly resize: number | readonly [height: number, width: number];
  /** Side of the square that is then cut out of the middle. */
  readonly crop: number;
  readonly interpolation: 'bilinear' | 'bicubic';
  /** Subtracted from each channel of values from 0 to 1. */
  readonly mean: readonly number[];
  /** Each channel is then divided by it. */
  readonly std: readonly number[];
}

/** The facts about one builder with its default options, in two dimensions, or in the one rank that it has. */
export interface ArchitectureInfo {
  /** Authors, title, venue and year of the paper. */
  readonly reference: string;
  /** Learned numbers. */
  readonly parameters: number;
  /** Multiply-accumulates of one forward pass in evaluation mode on `inputShape`. 1 MAC is 2 FLOPs. */
  readonly macs: number;
  /** [N, C, H, W]; [N, C, L] or [N, C, T, H, W] of families that have one rank. */
  readonly inputShape: readonly number[];
  /** Where `parameters` and `macs` are from: 'torchvision 0.14.1', a paper's table, or 'computed'. */
  readonly source: string;
  /** What the authors report, where no weights are published: for example 'top-1 error 37.5 %'. */
  readonly published?: string;
  /** By torchvision's names, such as IMAGENET1K_V1 and KINETICS400_V1. */
  readonly weights?: Readonly<Record<string, PretrainedWeights>>;
}

/** What a family's `architectures` is: the facts by name of the builder. */
export type Architectures<Name extends string> = Readonly<Record<Name, ArchitectureInfo>>;

/** @internal The preprocessing of torchvision's ImageNet weights: a square of `crop` pixels, normalised per channel. */
export function imagenetPreprocessing(
  crop: number,
  resize: number,
  interpolation: Preprocessing['interpolation'] = 'bilinear',
): Preprocessing {
  return {
    resize,
    crop,
    interpolation,
    mean: [0.485, 0.456, 0.406],
    std: [0.229, 0.224, 0.225],
  };
}

/** What only some files need. */
export type WeightsPeculiarities = Pick<PretrainedWeights, 'renames' | 'spare' | 'builderOptions'>;

/** @internal A row of torchvision's table of ImageNet weights: file, size in MiB, accuracy in percent, preprocessing. */
export function imagenetWeights(
  file: string,
  mebibytes: number,
  top1: number,
  top5: number,
  preprocessing: Preprocessing = imagenetPreprocessing(224, 256),
  peculiarities: WeightsPeculiarities = {},
): PretrainedWeights {
  return {
    ...torchvisionFile(file, mebibytes, preprocessing),
    accuracy: { top1, top5 },
    classes: 'ImageNet-1K',
    ...peculiarities,
  };
}

/** @internal A file of torchvision, by what is known of each: nothing of classes and their accuracy. */
export function torchvisionFile(
  file: string,
  mebibytes: number,
  preprocessing: Preprocessing,
): PretrainedWeights {
  return { ...torchvisionOrigin(file, mebibytes), preprocessing };
}

/** Where a file of weights is, and how to know it. */
export type WeightsOrigin = Pick<
  PretrainedWeights,
  'file' | 'url' | 'sha256' | 'bytes' | 'licence'
>;

/** @internal Where a file of torchvision is. */
export function torchvisionOrigin(file: string, mebibytes: number): WeightsOrigin {
  const digits = /-([0-9a-f]{8,})\.pth$/.exec(file)?.[1];
  if (digits === undefined) {
    throw new ArgumentError(`expected a name that ends with the digits of a SHA-256, got ${file}`);
  }
  return {
    file,
    url: `https://download.pytorch.org/models/${file}`,
    sha256: digits,
    bytes: Math.round(mebibytes * 2 ** 20),
    licence: 'BSD-3-Clause',
  };
}
