/**
 * The network of `keras.applications` that is the same as one of a family: what it takes to load its weights. Build with
 * `options`, and load with `map`:
 *
 *     const model = resnet50({ ...resnetKeras.options, device });
 *     await loadWeights(model, 'resnet50_weights_tf_dim_ordering_tf_kernels.h5', { map: resnetKeras.map });
 */
export interface KerasTwin<Options extends object> {
  /** Options of the builder with which it computes what that of Keras does. */
  readonly options: Options;
  /** Of the form of `KerasMap` in `@convnet/weights`. */
  readonly map: KerasTwinMap;
  /** What is done to an image of values from 0 to 255 before the network of Keras sees it. */
  readonly preprocessing: KerasPreprocessing;
}

/** How variables of Keras become tensors of a network here. */
export interface KerasTwinMap {
  /** Names such as `conv1_conv.weight`, and what they are here; null for what is not. */
  readonly names: 'in order' | ((key: string) => string | null);
  /** Dense layers behind a `Flatten`, and the shape [height, width, channels] that was flattened. */
  readonly flattened?: Readonly<Record<string, readonly number[]>>;
  /** Biases of convolutions, and the running mean that each is subtracted from. */
  readonly folded?: readonly (readonly [bias: RegExp, mean: string])[];
}

/** (x · scale − mean) / std for each channel, in the order of `channels`. */
export interface KerasPreprocessing {
  readonly channels: 'RGB' | 'BGR';
  readonly scale: number;
  readonly mean: readonly number[];
  readonly std: readonly number[];
}

/** @internal Mode 'caffe' of keras.applications: blue first, the mean of ImageNet subtracted. */
export const caffePreprocessing: KerasPreprocessing = {
  channels: 'BGR',
  scale: 1,
  mean: [103.939, 116.779, 123.68],
  std: [1, 1, 1],
};

/** @internal Mode 'tf': from -1 to 1. */
export const fromMinusOnePreprocessing: KerasPreprocessing = {
  channels: 'RGB',
  scale: 1 / 127.5,
  mean: [1, 1, 1],
  std: [1, 1, 1],
};

/** @internal Mode 'torch': as torchvision. */
export const torchPreprocessing: KerasPreprocessing = {
  channels: 'RGB',
  scale: 1 / 255,
  mean: [0.485, 0.456, 0.406],
  std: [0.229, 0.224, 0.225],
};
