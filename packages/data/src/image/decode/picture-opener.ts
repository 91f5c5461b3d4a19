import { isNode } from '../../platform.ts';
import type { Image } from '../image.ts';
import type { DecodeOptions } from './options.ts';

/** Opens a file whose pixels are decoded where they are needed; null for what `decodeImage` has to decode. */
export type PictureOpener = (bytes: Uint8Array) => Image | null;

const none: PictureOpener = () => null;

let loading: Promise<PictureOpener> | undefined;

/**
 * What opens pictures at once, without waiting: JPEG files in Node, where they are wanted as they are stored. A browser decodes beside
 * the thread that asks, and the kernels are not loaded there.
 */
export async function pictureOpener({
  applyExifOrientation = false,
}: DecodeOptions): Promise<PictureOpener> {
  if (!isNode || applyExifOrientation) return none;
  loading ??= import('./jpeg/open-jpeg.ts').then(({ openJpeg }) => openJpeg);
  return loading;
}
