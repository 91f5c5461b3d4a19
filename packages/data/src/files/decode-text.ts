/** How many bytes are looked at for the zeros that tell UTF-16 from UTF-8: a first line, as a rule. */
const looked = 512;

/** Tabulator and line ends. */
const blanks = [9, 10, 13];

/**
 * @internal The text of a file: UTF-8, or UTF-16, as Excel's "Unicode text" and PowerShell write it, which is known by its mark in front
 * or, without one, by the zeros that every second byte of plain letters is. The mark is no part of the text.
 */
export function decodeText(bytes: Uint8Array): string {
  return new TextDecoder(encodingOf(bytes)).decode(bytes);
}

/** @internal Whether bytes are no text: they have zeros which are not those of UTF-16. */
export function isBinary(bytes: Uint8Array): boolean {
  return encodingOf(bytes) === 'utf-8' && bytes.subarray(0, looked).includes(0);
}

function encodingOf(bytes: Uint8Array): 'utf-8' | 'utf-16le' | 'utf-16be' {
  const [first, second] = bytes;
  if (first === 0xff && second === 0xfe) return 'utf-16le';
  if (first === 0xfe && second === 0xff) return 'utf-16be';
  const beginning = bytes.subarray(0, Math.min(looked, bytes.length - (bytes.length % 2)));
  // Digits, commas and line ends, which text files of numbers are made of, are a byte that is not zero beside one that is.
  const pairs = beginning.length / 2;
  const isText = (place: 0 | 1): boolean => {
    let count = 0;
    for (let at = place; at < beginning.length; at += 2) {
      const letter = beginning[at]!;
      if (letter === 0) return false;
      if (beginning[at ^ 1] === 0 && (letter >= 32 || blanks.includes(letter))) count++;
    }
    return pairs > 1 && count > 0.9 * pairs;
  };
  if (isText(0)) return 'utf-16le';
  return isText(1) ? 'utf-16be' : 'utf-8';
}
