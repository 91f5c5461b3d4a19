/** Pixels of one digit, 28 rows of 28. */
export const digitPixels: number = 28 * 28;

/** Mean and standard deviation of MNIST's training pixels, as fractions of white. */
export const digitScaling = { mean: 0.1307, std: 0.3081 } as const;

/** Digits one after another: bytes from 0 (black) to 255, and the class of each. */
export interface Digits {
  readonly pixels: Uint8Array;
  readonly labels: Uint8Array;
}

/** Both numbers of digits as 32 bits, little-endian. */
const headerBytes = 8;

/** One file of two sets: their sizes, the labels of both, the pixels of both. */
export function encodeDigits(train: Digits, test: Digits): Uint8Array<ArrayBuffer> {
  const counts = [train.labels.length, test.labels.length] as const;
  const file = new Uint8Array(headerBytes + (counts[0] + counts[1]) * (1 + digitPixels));
  const view = new DataView(file.buffer);
  view.setUint32(0, counts[0], true);
  view.setUint32(4, counts[1], true);
  let at = headerBytes;
  for (const part of [train.labels, test.labels, train.pixels, test.pixels]) {
    file.set(part, at);
    at += part.length;
  }
  return file;
}

/** @throws Error for a file of another length than it announces, such as one that broke off. */
export function decodeDigits(file: Uint8Array): { readonly train: Digits; readonly test: Digits } {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const [train, test] =
    file.length < headerBytes ? [0, 0] : [view.getUint32(0, true), view.getUint32(4, true)];
  const expected = headerBytes + (train + test) * (1 + digitPixels);
  if (file.length !== expected || train === 0) {
    throw new Error(
      `the file of digits is damaged: it has ${file.length} bytes and announces ${expected}`,
    );
  }
  const pixels = headerBytes + train + test;
  const between = (from: number, length: number): Uint8Array => file.subarray(from, from + length);
  return {
    train: {
      labels: between(headerBytes, train),
      pixels: between(pixels, train * digitPixels),
    },
    test: {
      labels: between(headerBytes + train, test),
      pixels: between(pixels + train * digitPixels, test * digitPixels),
    },
  };
}
