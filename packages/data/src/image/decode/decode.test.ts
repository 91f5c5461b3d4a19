import { describe, expect, it } from 'vitest';
import { ImageError } from '../../errors.ts';
import { decodedImage, difference, fixtures, imageFile } from '../testing/fixtures.ts';
import { decodeImage } from './decode.ts';

describe('decodeImage', () => {
  it.each(Object.entries(fixtures.decoded))(
    'gives what Pillow gives: %s',
    async (name, expected) => {
      const decoded = await decodeImage(imageFile(name), name);
      expect(difference(decoded, decodedImage(expected))).toBe(0);
    },
  );

  it.each(Object.entries(fixtures.upright))(
    'turns upright if asked: %s',
    async (name, expected) => {
      const decoded = await decodeImage(imageFile(name), name, { applyExifOrientation: true });
      expect(difference(decoded, decodedImage(expected))).toBe(0);
    },
  );

  it.each(['animated.gif', 'exif-6.jpg', 'rgb.png'])(
    'leaves the bytes of %s alone',
    async (name) => {
      const bytes = imageFile(name);
      const decoded = await decodeImage(bytes, name);
      expect(bytes).toEqual(imageFile(name));
      expect(decoded.data.constructor).toBe(Uint8Array);
    },
  );

  it('scales grey of 16 bits if asked', async () => {
    const wide = await decodeImage(imageFile('grey-16.png'), 'grey', { grey16: 'scale' });
    const colours = decodedImage(fixtures.decoded['rgb-16.png']!);
    expect([...wide.data.subarray(0, 3)]).toEqual(Array(3).fill(colours.data[0]));
    await expect(
      decodeImage(imageFile('grey-16.png'), 'grey', { grey16: 'wrap' as never }),
    ).rejects.toThrow("expected grey16 as one of 'clip', 'scale', got 'wrap'");
  });

  it.each([
    ['empty', new Uint8Array(0), 'the file is empty'],
    ['text', new TextEncoder().encode('hello, no picture here'), 'do not tell'],
    ['JPEG cut short', imageFile('rgb-420.jpg').subarray(0, 900), 'JPEG by its first bytes'],
    ['PNG cut short', imageFile('rgb.png').subarray(0, 1500), 'PNG by its first bytes'],
    ['GIF cut short', imageFile('still.gif').subarray(0, 30), 'GIF by its first bytes'],
    ['WebP cut short', imageFile('lossy.webp').subarray(0, 300), 'WebP by its first bytes'],
    ['JPEG of a header', imageFile('rgb-420.jpg').subarray(0, 4), 'JPEG by its first bytes'],
  ])('names a file that is none: %s', async (_, bytes, message) => {
    const decoding = decodeImage(bytes, 'cat/7.jpg');
    await expect(decoding).rejects.toThrow(ImageError);
    await expect(decoding).rejects.toThrow(message);
    await expect(decoding).rejects.toMatchObject({ source: 'cat/7.jpg' });
  });

  it('says why, also where others are decoded at the same time', async () => {
    const [whole, cut] = [imageFile('rgb-444.jpg'), imageFile('rgb-444.jpg').subarray(0, 1200)];
    const decoding = Array.from({ length: 300 }, (_, i) =>
      decodeImage(i % 4 === 0 ? whole : cut).catch((error: unknown) => String(error)),
    );
    const reasons = (await Promise.all(decoding)).filter((result) => typeof result === 'string');
    expect(reasons).toHaveLength(225);
    expect(reasons.filter((reason) => !reason.includes('premature end'))).toEqual([]);
  });

  it('is not disturbed by any byte of a file', async () => {
    // Whatever is broken, it is a picture or an ImageError.
    const whole = imageFile('palette-transparent.png');
    for (const file of [whole, imageFile('animated.gif'), imageFile('exif-6.jpg')]) {
      for (let at = 0; at < Math.min(file.length, 900); at += 23) {
        const broken = file.slice();
        broken[at]! ^= 0xff;
        const result = await decodeImage(broken, 'broken').catch((error: unknown) => error);
        expect(result instanceof ImageError || (result as { width: number }).width > 0).toBe(true);
      }
    }
  });
});
