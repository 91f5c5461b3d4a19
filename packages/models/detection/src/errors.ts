import { ConvnetError } from '@convnet/tensor-core';

/** A target of training that cannot be learned from. */
export class TargetError extends ConvnetError {
  override readonly name = 'TargetError';
  /** Number of the image in the batch. */
  readonly image: number;
  /** Number of the box in the image, where it is about one. */
  readonly index: number | undefined;

  constructor(image: number, index: number | undefined, message: string) {
    super(`target of image ${image}${index === undefined ? '' : `, box ${index}`}: ${message}`);
    this.image = image;
    this.index = index;
  }
}
