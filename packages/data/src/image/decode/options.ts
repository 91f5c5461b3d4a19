import { formatValue, optionNames, refuseUnknownOptions } from '@convnet/tensor-core';
import { DatasetError } from '../../errors.ts';

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

export const decodeOptionNames: readonly string[] = optionNames<DecodeOptions>({
  applyExifOrientation: true,
  grey16: true,
});

/** @throws ArgumentError for an option that is none; DatasetError (fault 'transform') for a value that is none. */
export function checkDecodeOptions(where: string, options: DecodeOptions): void {
  refuseUnknownOptions(where, options, decodeOptionNames);
  const { grey16 = 'clip' } = options;
  if (grey16 === 'clip' || grey16 === 'scale') return;
  throw new DatasetError(
    'transform',
    `${where}: expected grey16 as 'clip' or 'scale', got ${formatValue(grey16)}`,
  );
}
