import { describe, expect, it } from 'vitest';
import { decodedImage, difference, fixtures, imageFile } from '../testing/fixtures.ts';
import { decodeImage } from './decode.ts';
import { withoutOrientation } from './orientation.ts';

describe('withoutOrientation', () => {
  it.each([1, 2, 3, 4, 5, 6, 7, 8])(
    'makes a picture of orientation %d stand as it is stored',
    async (kind) => {
      const file = imageFile(`exif-upright-${kind}.jpg`);
      const decoded = await decodeImage(withoutOrientation(file), 'a.jpg', {
        applyExifOrientation: true,
      });
      expect(difference(decoded, decodedImage(fixtures.upright['exif-upright-1.jpg']!))).toBe(0);
      // What was given stays as it was, a buffer of Node's too.
      expect(imageFile(`exif-upright-${kind}.jpg`)).toEqual(file);
    },
  );

  it('leaves other files alone, broken ones too', () => {
    for (const name of ['rgb.png', 'rgb-420.jpg', 'still.gif']) {
      const file = imageFile(name);
      expect(withoutOrientation(file)).toBe(file);
    }
    const file = imageFile('exif-6.jpg');
    for (let length = 0; length < 60; length++) {
      expect(withoutOrientation(file.subarray(0, length))).toHaveLength(length);
    }
  });
});
