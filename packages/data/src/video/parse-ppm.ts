import { ClipError } from '../errors.ts';
import { image, type Image } from '../image/image.ts';

/** Bytes that a head of a picture may take: `P6`, width, height and 255 on three lines. */
const mostOfHead = 40;

/**
 * Pictures of the form PPM, one after another: a head of text, then red, green and blue of each pixel.
 *
 * @throws ClipError (fault 'decode') where a picture does not begin as one, or ends early.
 */
export function parsePpm(bytes: Uint8Array, source: string): Image[] {
  const pictures: Image[] = [];
  for (let at = 0; at < bytes.length;) {
    const text = String.fromCharCode(...bytes.subarray(at, at + mostOfHead));
    const head = /^P6\n(\d+) (\d+)\n255\n/.exec(text);
    if (head === null) {
      throw new ClipError(
        'decode',
        source,
        `frame ${pictures.length} does not begin as a PPM picture`,
      );
    }
    const [width, height] = [Number(head[1]), Number(head[2])];
    const start = at + head[0].length;
    at = start + width * height * 3;
    if (at > bytes.length) {
      throw new ClipError(
        'decode',
        source,
        `frame ${pictures.length} of ${width}x${height} pixels ends early`,
      );
    }
    pictures.push(image(bytes.slice(start, at), width, height));
  }
  return pictures;
}
