import {
  anyNumbers,
  ArgumentError,
  checkOptions,
  either,
  formatValue,
  aString,
  optionKinds,
  requireKind,
  type Kind,
} from '@convnet/tensor-core';

/**
 * A mask by the lengths of its runs, as COCO has it: column by column from the top, first how many pixels are outside, then how
 * many inside, and so on; or all lengths in COCO's compressed text.
 */
export interface Rle {
  /** [height, width]. */
  readonly size: readonly [height: number, width: number];
  readonly counts: readonly number[] | string;
}

const isExtent = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) >= 0;

/** [height, width] of a mask. */
export const aMaskSize: Kind = {
  expected: '[height, width]',
  accepts: (value) => Array.isArray(value) && value.length === 2 && value.every(isExtent),
};

const rleKinds = optionKinds<Rle>({
  size: aMaskSize,
  counts: either(aString, {
    expected: 'a list of lengths',
    accepts: (value) => anyNumbers.accepts(value) && (value as number[]).every(isExtent),
  }),
});

/**
 * The pixels of a mask, row by row: 1 inside, 0 outside.
 * @throws ArgumentError for lengths that do not add up to the size.
 */
export function decodeRle(rle: Rle): Uint8Array<ArrayBuffer> {
  checkOptions('decodeRle', rle, rleKinds, ['size', 'counts']);
  const [height, width] = rle.size;
  const counts = typeof rle.counts === 'string' ? lengthsIn(rle.counts) : rle.counts;
  const total = counts.reduce((sum, count) => sum + count, 0);
  if (total !== height * width) {
    throw new ArgumentError(
      `decodeRle: expected lengths of ${height * width} pixels in all (${height}x${width}), got ${total}`,
    );
  }
  const mask = new Uint8Array(height * width);
  let at = 0;
  for (const [i, count] of counts.entries()) {
    if (i % 2 === 1) fillColumns(mask, at, at + count, height, width);
    at += count;
  }
  return mask;
}

/** Sets pixels from one place to another, counted column by column, in a mask that is kept row by row. */
export function fillColumns(
  mask: Uint8Array,
  from: number,
  to: number,
  height: number,
  width: number,
): void {
  for (let at = from; at < to; at++) mask[(at % height) * width + Math.floor(at / height)] = 1;
}

/**
 * The compressed text of a mask, as COCO's files of results have it.
 * @param mask [height, width], row by row; inside is what is greater than 0.5
 * @throws ArgumentError where it has another number of elements.
 */
export function encodeRle(
  mask: ArrayLike<number>,
  size: readonly [height: number, width: number],
): { readonly size: [height: number, width: number]; readonly counts: string } {
  requireKind('encodeRle', 'mask', mask, anyNumbers);
  requireKind('encodeRle', 'size', size, aMaskSize);
  const [height, width] = size;
  if (mask.length !== height * width) {
    throw new ArgumentError(
      `encodeRle: expected a mask of ${height}x${width}, got ${mask.length} numbers`,
    );
  }
  const counts: number[] = [];
  let [inside, length] = [false, 0];
  for (let x = 0; x < width; x++) {
    for (let y = 0; y < height; y++, length++) {
      if (mask[y * width + x]! > 0.5 === inside) continue;
      counts.push(length);
      length = 0;
      inside = !inside;
    }
  }
  counts.push(length);
  return { size: [height, width], counts: textOf(counts) };
}

/*
 * The text: from the fourth length on, differences to the length two before; each as digits of five bits, the least first, with
 * a sixth bit where more follow; the fifth bit of the last is the sign. Written as characters from '0' on.
 */

/** @throws ArgumentError for characters that are none of it. */
function lengthsIn(text: string): number[] {
  const counts: number[] = [];
  for (let at = 0; at < text.length;) {
    let [value, weight, digit] = [0, 1, 0];
    do {
      digit = text.charCodeAt(at++) - 48;
      if (!(digit >= 0 && digit < 64)) {
        throw new ArgumentError(`decodeRle: expected counts of COCO, got ${formatValue(text)}`);
      }
      value += (digit & 31) * weight;
      weight *= 32;
    } while ((digit & 32) !== 0);
    if ((digit & 16) !== 0) value -= weight;
    const length = counts.length > 2 ? value + counts[counts.length - 2]! : value;
    if (length < 0) {
      throw new ArgumentError(`decodeRle: expected counts of COCO, got ${formatValue(text)}`);
    }
    counts.push(length);
  }
  return counts;
}

function textOf(counts: readonly number[]): string {
  let text = '';
  for (const [i, count] of counts.entries()) {
    let rest = i > 2 ? count - counts[i - 2]! : count;
    for (let more = true; more;) {
      const digit = rest & 31;
      rest >>= 5;
      more = rest !== ((digit & 16) === 0 ? 0 : -1);
      text += String.fromCharCode(48 + digit + (more ? 32 : 0));
    }
  }
  return text;
}
