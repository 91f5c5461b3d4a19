/** A file of published weights, and what was measured with it. */
export interface PretrainedWeights {
  /** Name of the file. Its last eight hexadecimal digits begin the SHA-256 of its content. */
  readonly file: string;
  /**
   * Share of ImageNet-1K's validation images classified rightly, and within five guesses, in percent. Absent
   * where the file has no classifier.
   */
  readonly accuracy?: { readonly top1: number; readonly top5: number };
  readonly preprocessing: Preprocessing;
}

/** What is done to an image before the network sees it. */
export interface Preprocessing {
  /** The shorter side after resizing, in pixels. */
  readonly resize: number;
  /** Side of the square that is then cut out of the middle. */
  readonly crop: number;
  readonly interpolation: 'bilinear' | 'bicubic';
  /** Subtracted from each channel of values from 0 to 1. */
  readonly mean: readonly number[];
  /** Each channel is then divided by it. */
  readonly std: readonly number[];
}

/** The facts about one builder with its default options, in two dimensions. */
export interface ArchitectureInfo {
  /** Authors, title, venue and year of the paper. */
  readonly reference: string;
  /** Learned numbers. */
  readonly parameters: number;
  /** Multiply-accumulates of one forward pass in evaluation mode on `inputShape`. 1 MAC is 2 FLOPs. */
  readonly macs: number;
  /** [N, C, H, W]. */
  readonly inputShape: readonly number[];
  /** Where `parameters` and `macs` are from: 'torchvision 0.14.1', a paper's table, or 'computed'. */
  readonly source: string;
  /** What the authors report, where no weights are published: for example 'top-1 error 37.5 %'. */
  readonly published?: string;
  /** By torchvision's names, such as IMAGENET1K_V1. */
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

/** @internal A row of torchvision's table of ImageNet weights: file, accuracy in percent, preprocessing. */
export function imagenetWeights(
  file: string,
  top1: number,
  top5: number,
  preprocessing: Preprocessing = imagenetPreprocessing(224, 256),
): PretrainedWeights {
  return { file, accuracy: { top1, top5 }, preprocessing };
}
