import {
  centerCrop as cropImage,
  compose as composeImage,
  randomCrop as randomCropImage,
  randomHorizontalFlip,
  resize,
  toTensor,
  type Image,
  type ImageTensor,
} from '@convnet/data/image';
import {
  centerCrop,
  compose,
  padTo,
  randomShift,
  zScore,
  type Recording,
} from '@convnet/data/signal';
import type { HostArray, Step } from '@convnet/data';

/** Pictures: the shorter side to `size`, the square in the middle, colours normalised. */
export interface ImagePreprocessing {
  readonly kind: 'image';
  readonly size: number;
  readonly mean: readonly number[];
  readonly std: readonly number[];
}

/** Recordings: a rate, a length that all are cropped and padded to, each channel to mean 0 and deviation 1. */
export interface SignalPreprocessing {
  readonly kind: 'signal';
  /** Samples per second that recordings are brought to; null where they stay as they are. */
  readonly sampleRate: number | null;
  readonly length: number;
  readonly channels: number;
  readonly normalize: boolean;
}

/** Sets that come as arrays, ready for a network. */
export interface ArrayPreprocessing {
  readonly kind: 'array';
  readonly inputShape: readonly number[];
}

/** What is done to a file before the network sees it; `model.json` keeps it, so that `predict` does the same. */
export type Preprocessing = ImagePreprocessing | SignalPreprocessing | ArrayPreprocessing;

/** Shape of a sample, without the batch axis. */
export function inputShapeOf(preprocessing: Preprocessing): readonly number[] {
  if (preprocessing.kind === 'array') return preprocessing.inputShape;
  return preprocessing.kind === 'image'
    ? [3, preprocessing.size, preprocessing.size]
    : [preprocessing.channels, preprocessing.length];
}

/** What makes an array of a decoded file. The first step has no random part: its result may be kept. */
export interface Steps<From> {
  readonly fixed: Step<From, From>;
  readonly perEpoch: Step<From, HostArray<Float32Array>>;
}

/** With `augments`, pictures are shifted by up to an eighth and mirrored. */
export function imageSteps(
  { size, mean, std }: ImagePreprocessing,
  augments: boolean,
): Steps<Image> {
  const arrays: Step<Image, ImageTensor> = toTensor({ mean, std });
  return {
    fixed: composeImage(resize(size), cropImage(size)),
    perEpoch: augments
      ? composeImage(
          randomCropImage(size, { padding: Math.max(1, Math.round(size / 8)) }),
          randomHorizontalFlip(),
          arrays,
        )
      : arrays,
  };
}

/** With `augments`, recordings are shifted by up to a tenth. */
export function signalSteps(
  { length, normalize }: SignalPreprocessing,
  augments: boolean,
): Steps<Recording> {
  const cut = compose(centerCrop(length), padTo(length, { at: 'center' }));
  const most = Math.floor(length / 10);
  return {
    fixed: normalize ? compose(zScore(), cut) : cut,
    perEpoch: augments && most > 0 ? randomShift({ max: most }) : (recording) => recording,
  };
}
