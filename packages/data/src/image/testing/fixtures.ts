/** What torchvision with Pillow gave; see `scripts/fixtures/images.py`. */
import { readFileSync } from 'node:fs';
import type { Image } from '../image.ts';

interface CodedImage {
  readonly width: number;
  readonly height: number;
  readonly data: string;
}

interface CodedStep extends CodedImage {
  readonly name: string;
  readonly arguments: Readonly<Record<string, unknown>>;
  readonly input?: CodedImage;
}

interface Coded {
  readonly decoded: Readonly<Record<string, CodedImage>>;
  readonly upright: Readonly<Record<string, CodedImage>>;
  readonly source: CodedImage;
  readonly steps: readonly CodedStep[];
  readonly normalized: { readonly mean: number[]; readonly std: number[]; readonly data: string };
  readonly operations: readonly (CodedStep & { readonly magnitude: number })[];
  readonly policies: Readonly<Record<string, unknown>>;
  readonly spaces: Readonly<
    Record<string, Readonly<Record<string, readonly [number | number[], boolean]>>>
  >;
}

const folder = new URL('../../../fixtures/', import.meta.url);

export const fixtures: Coded = JSON.parse(
  readFileSync(new URL('images.json', folder), 'utf8'),
) as Coded;

export const imageFile = (name: string): Uint8Array =>
  readFileSync(new URL(`images/${name}`, folder));

export const decodedImage = ({ width, height, data }: CodedImage): Image => ({
  width,
  height,
  data: new Uint8Array(Buffer.from(data, 'base64')),
});

/** The largest difference of two pictures' bytes, and where they differ in size, infinity. */
export function difference(a: Image, b: Image): number {
  if (a.width !== b.width || a.height !== b.height || a.data.length !== b.data.length)
    return Infinity;
  return a.data.reduce((most, value, i) => Math.max(most, Math.abs(value - b.data[i]!)), 0);
}

/** The share of two pictures' bytes that differ. */
export function shareDiffering(a: Image, b: Image): number {
  let count = 0;
  a.data.forEach((value, i) => {
    if (value !== b.data[i]) count++;
  });
  return count / a.data.length;
}
