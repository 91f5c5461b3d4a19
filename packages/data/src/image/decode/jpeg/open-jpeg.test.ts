import { readFileSync } from 'node:fs';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { hasParts, partOf, type Image } from '../../image.ts';
import { crop } from '../../ops/geometry.ts';
import { difference, imageFile } from '../../testing/fixtures.ts';
import { sourceHash } from '../../testing/kernel-source.ts';
import { decodeImage } from '../decode.ts';
import { jpegBinary } from './jpeg-binary.ts';
import { openJpeg } from './open-jpeg.ts';

interface Case {
  readonly file: string;
  readonly width: number;
  readonly height: number;
  readonly data: string;
}
const path = new URL('../../../../fixtures/jpeg.json', import.meta.url);
const cases = JSON.parse(readFileSync(path, 'utf8')) as Readonly<Record<string, Case>>;
const bytesOf = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'base64'));
const pixelsOf = ({ width, height, data }: Case): Image => ({ width, height, data: bytesOf(data) });

/** Whole numbers below `limit`, the same each time. */
function numbers(): (limit: number) => number {
  let state = 7;
  return (limit) => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    return Math.floor(((state >>> 0) / 2 ** 32) * limit);
  };
}

/** A picture of waves under noise, as a file. */
async function waves(width: number, height: number, below: (limit: number) => number) {
  const noise = below(300);
  const pixels = Uint8Array.from({ length: width * height * 3 }, (_, i) => {
    const [x, y] = [Math.floor(i / 3) % width, Math.floor(i / 3 / width)];
    const wave = 120 * Math.sin(x / (2 + (i % 3))) * Math.cos(y / 5);
    return Math.min(Math.max(128 + wave + below(noise + 1) - noise / 2, 0), 255);
  });
  const file = await sharp(pixels, { raw: { width, height, channels: 3 } })
    .jpeg({ quality: 1 + below(100), chromaSubsampling: below(2) === 0 ? '4:2:0' : '4:4:4' })
    .toBuffer();
  return new Uint8Array(file);
}

describe('an ordinary JPEG file', () => {
  it('is decoded by what is built from the source that is here', () => {
    expect(jpegBinary.source).toBe(sourceHash('jpeg'));
  });

  it.each(Object.entries(cases))('is what Pillow gives, whole and in parts: %s', (_, expected) => {
    const picture = openJpeg(bytesOf(expected.file))!;
    const { width, height } = picture;
    const whole = pixelsOf(expected);
    const below = numbers();
    for (let i = 0; i < 30; i++) {
      const [top, left] = [below(height), below(width)];
      const box = { top, left, height: 1 + below(height - top), width: 1 + below(width - left) };
      expect(difference(partOf(picture, box)!, crop(whole, box))).toBe(0);
    }
    expect(difference(picture, whole)).toBe(0);
    expect(partOf(picture, { top: 0, left: 0, height: 1, width: 1 })).toBeUndefined();
  });

  it('is what libvips gives, whatever its size and quality', async () => {
    const below = numbers();
    for (let i = 0; i < 60; i++) {
      const file = await waves(9 + below(90), 1 + below(90), below);
      expect(difference(openJpeg(file)!, await decodeImage(file))).toBe(0);
    }
  });

  it('stays what it is where others are opened meanwhile', async () => {
    const [first, second] = Object.values(cases).map(({ file }) => openJpeg(bytesOf(file))!);
    const [a, b] = Object.values(cases);
    expect(difference(first!, pixelsOf(a!))).toBe(0);
    expect(difference(second!, pixelsOf(b!))).toBe(0);
    const data = first!.data.slice();
    await decodeImage(imageFile('rgb-444.jpg'));
    openJpeg(imageFile('rgb-444.jpg'));
    expect(first!.data).toEqual(data);
    expect({ ...first! }.data).toEqual(data);
  });
});

describe('what another decoder has to take', () => {
  it.each(['rgb-422-progressive.jpg', 'grey.jpg', 'cmyk.jpg', 'rgb.png', 'still.gif'])(
    '%s',
    (name) => expect(openJpeg(imageFile(name))).toBeNull(),
  );

  it('a file that ends anywhere', () => {
    const file = bytesOf(cases['420, restarts of units']!.file);
    for (let length = 0; length < file.length; length++) {
      expect(openJpeg(file.subarray(0, length))).toBeNull();
    }
    expect(hasParts(openJpeg(file))).toBe(true);
  });

  it('a file with a byte that is another, where libvips takes none', async () => {
    let taken = 0;
    for (const name of ['420, odd', '422, restarts of rows', '444, even']) {
      const file = bytesOf(cases[name]!.file);
      for (let at = 2; at < file.length; at += 7) {
        const broken = file.slice();
        broken[at]! ^= at % 2 === 0 ? 0xff : 1 << (at % 8);
        const picture = openJpeg(broken);
        if (picture === null) continue;
        taken++;
        const { width, height } = await decodeImage(broken, `${name} at ${at}`);
        expect([picture.width, picture.height]).toEqual([width, height]);
        expect(picture.data).toHaveLength(width * height * 3);
      }
    }
    // Of other bytes, those of coefficients, nobody sees that they are others.
    expect(taken).toBeGreaterThan(100);
  });
});
