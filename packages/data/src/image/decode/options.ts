import { aBoolean, oneOf, optionKinds, type Kind } from '@convnet/tensor-core';

/** Options of `decodeImage`. */
export interface DecodeOptions {
  /**
   * Turns a picture upright as its EXIF data say. Default false, as torchvision does not, though a camera held upright
   * writes them.
   */
  readonly applyExifOrientation?: boolean;
  /**
   * What becomes of grey pictures of 16 bits. 'clip' (the default): values above 255 are white, as in Pillow. 'scale':
   * the upper 8 bits, as it is with colours.
   */
  readonly grey16?: 'clip' | 'scale';
}

export const decodeOptions: Readonly<Record<keyof DecodeOptions, Kind>> =
  optionKinds<DecodeOptions>({
    applyExifOrientation: aBoolean,
    grey16: oneOf('clip', 'scale'),
  });
