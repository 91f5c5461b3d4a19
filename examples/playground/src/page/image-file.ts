import { inkOf, type Ink } from './digit-image.ts';

/** Pixels along the longer side that are looked at. */
const looked = 400;

/** A picture that was opened, made small. */
export interface OpenedImage {
  readonly ink: Ink;
  /** Of the file, in pixels. */
  readonly width: number;
  readonly height: number;
}

/** @throws Error in plain words for a file that is no picture that this browser can open. */
export async function openImage(file: Blob): Promise<OpenedImage> {
  const bitmap = await createImageBitmap(file).catch(() => null);
  if (bitmap === null) {
    throw new Error('it is no picture, a damaged one, or larger than this browser can open.');
  }
  const { width, height } = bitmap;
  const scale = Math.min(1, looked / Math.max(width, height));
  const canvas = document.createElement('canvas');
  canvas.width = Math.max(1, Math.round(width * scale));
  canvas.height = Math.max(1, Math.round(height * scale));
  const context = canvas.getContext('2d', { willReadFrequently: true })!;
  context.imageSmoothingQuality = 'high';
  context.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  bitmap.close();
  const { data } = context.getImageData(0, 0, canvas.width, canvas.height);
  return { ink: inkOf(data, canvas.width, canvas.height), width, height };
}
