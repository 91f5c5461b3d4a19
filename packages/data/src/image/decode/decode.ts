import { MissingPackageError, aString, checkOptions, requireKind } from '@convnet/tensor-core';
import { ImageError } from '../../errors.ts';
import { requireFileBytes } from '../../file-bytes.ts';
import { isNode } from '../../platform.ts';
import type { PictureSize } from '../crop-first.ts';
import type { Image } from '../image.ts';
import type { Box } from '../ops/box.ts';
import { crop } from '../ops/geometry.ts';
import { decodeInBrowser } from './decode-browser.ts';
import { decodeBoxInNode, decodeInNode, sizeToCut } from './decode-node.ts';
import { isGif, withoutTransparency } from './gif.ts';
import { decodeOptions, type DecodeOptions } from './options.ts';

/**
 * Decodes a JPEG, PNG, WebP or GIF (its first frame), in Node also TIFF, to red, green and blue of 8 bits, as
 * torchvision's `ImageFolder` does by Pillow: grey becomes three equal colours, colours come from the palette, alpha and
 * colour profiles are passed over. In Node by the package `sharp`, which has to be installed beside this one; in the
 * browser by the browser.
 *
 * @param source name of the file for error messages.
 * @throws ImageError where the bytes are no picture or a damaged one; MissingPackageError where sharp is not installed.
 */
export async function decodeImage(
  bytes: Uint8Array,
  source = 'image',
  options: DecodeOptions = {},
): Promise<Image> {
  checkOptions('decodeImage', options, decodeOptions);
  requireFileBytes('decodeImage', bytes);
  requireKind('decodeImage', 'source', source, aString);
  if (bytes.length === 0) throw new ImageError(source, 'the file is empty');
  const given = isGif(bytes) ? withoutTransparency(bytes) : bytes;
  try {
    return await (isNode ? decodeWithReason : decodeInBrowser)(given, options);
  } catch (error) {
    if (error instanceof MissingPackageError) throw error;
    const reason = inOneLine(error instanceof Error ? error.message : String(error));
    throw new ImageError(
      source,
      `cannot be decoded (${bytes.length} bytes, ${kindOf(bytes)}): ${reason}`,
      { cause: error },
    );
  }
}

/**
 * The box of a picture that `choose` picks by its size, without decoding what is below; null, before it was asked, where a
 * picture can only be decoded whole. A file that cannot be decoded is decoded whole too, for its error.
 *
 * @internal
 */
export async function decodeBox(
  bytes: Uint8Array,
  source: string,
  options: DecodeOptions,
  choose: (size: PictureSize) => Box,
): Promise<Image | null> {
  const size = isNode ? sizeToCut(bytes, options) : null;
  if (size === null) return null;
  const box = choose(size);
  try {
    return await decodeBoxInNode(bytes, box);
  } catch {
    return crop(await decodeImage(bytes, source, options), box);
  }
}

const isUnknown = (error: unknown): boolean =>
  error instanceof Error && error.message === 'Unknown error';

/** Pictures of which it is asked again why they cannot be decoded, one after another. */
let asking: Promise<unknown> = Promise.resolve();

/** Times that it is asked: others may be decoded meanwhile. */
const tries = 5;

/**
 * Decodes by libvips, which has one place for what it says of all pictures: where several are decoded at a time another may clear it, and
 * the error is unknown. Decoding again tells.
 */
async function decodeWithReason(bytes: Uint8Array, options: DecodeOptions): Promise<Image> {
  try {
    return await decodeInNode(bytes, options);
  } catch (error) {
    if (!isUnknown(error)) throw error;
  }
  const before = asking;
  const asked = (async (): Promise<Image> => {
    await before;
    for (let left = tries; ; left--) {
      try {
        return await decodeInNode(bytes, options);
      } catch (error) {
        if (!isUnknown(error)) throw error;
        if (left === 0) throw new Error('the decoder does not say why', { cause: error });
      }
    }
  })();
  asking = asked.catch(() => {});
  return asked;
}

/** What libvips says, line by line and the same again at each try, said once. */
function inOneLine(message: string): string {
  return message
    .split('\n')
    .map((line) => line.trim())
    .reduce((said, line) => (said.includes(line) ? said : `${said}; ${line}`));
}

/** What the first bytes say a file is. */
function kindOf(bytes: Uint8Array): string {
  const text = String.fromCharCode(...bytes.subarray(0, 12));
  if (text.startsWith('\xff\xd8\xff')) return 'JPEG by its first bytes';
  if (text.startsWith('\x89PNG')) return 'PNG by its first bytes';
  if (text.startsWith('GIF8')) return 'GIF by its first bytes';
  if (text.startsWith('RIFF') && text.endsWith('WEBP')) return 'WebP by its first bytes';
  return 'of a kind that its first bytes do not tell';
}
