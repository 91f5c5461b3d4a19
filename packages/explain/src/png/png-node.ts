import { MissingPackageError } from '@convnet/tensor-core';
import type * as sharpModule from 'sharp';

const nodeProcess = (
  globalThis as { readonly process?: { readonly versions?: { readonly node?: string } } }
).process;

export const isNode: boolean = nodeProcess?.versions?.node !== undefined;

/** Renders by librsvg, which comes with sharp. */
export async function pngInNode(svg: string, scale: number): Promise<Uint8Array> {
  // By a name in a variable, so that bundlers for the browser do not look for it.
  const name = 'sharp';
  let sharp: typeof sharpModule.default;
  try {
    const found = await import(/* webpackIgnore: true */ /* @vite-ignore */ name);
    ({ default: sharp } = found as typeof sharpModule);
  } catch (cause) {
    throw new MissingPackageError(name, 'toPng: rendering a picture in Node', { cause });
  }
  // 72 dots an inch are one pixel a unit. Pictures within the SVG may be of any size.
  const picture = sharp(new TextEncoder().encode(svg), { density: 72 * scale, unlimited: true });
  const { buffer, byteOffset, length } = await picture.png().toBuffer();
  return new Uint8Array(buffer, byteOffset, length);
}
