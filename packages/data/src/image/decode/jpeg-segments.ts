/** What a JPEG is made of (ITU-T T.81, annex B): segments, scans with coded data behind them, and markers. */
import type { PictureSize } from '../crop-first.ts';

const startOfScan = 0xda;
const endOfImage = 0xd9;
const firstRestart = 0xd0;
const restartInterval = 0xdd;

/** Segments that say their length: all but the markers that stand alone, and reserved ones. */
const isSegment = (marker: number): boolean =>
  (marker >= 0xc0 && marker < firstRestart) || (marker >= startOfScan && marker < 0xff);

const short = (bytes: Uint8Array, at: number): number =>
  ((bytes[at] ?? 0) << 8) + (bytes[at + 1] ?? 0);

/**
 * The size of a JPEG of three colours, which nearly all pictures are and which needs no question about its kind: the start of
 * frame says it (section B.2.2). null of all else.
 */
export function plainJpegSize(bytes: Uint8Array): PictureSize | null {
  if (bytes[0] !== 0xff || bytes[1] !== 0xd8) return null;
  let at = 2;
  while (bytes[at] === 0xff) {
    const marker = bytes[at + 1]!;
    if (marker >= 0xc0 && marker <= 0xc2) {
      const isPlain = bytes[at + 4] === 8 && bytes[at + 9] === 3;
      return isPlain ? { height: short(bytes, at + 5), width: short(bytes, at + 7) } : null;
    }
    if (marker === startOfScan || !isSegment(marker)) return null;
    at += 2 + short(bytes, at + 2);
  }
  return null;
}

/**
 * Whether a JPEG ends with the marker of that and, where it has restart markers, these come in their order: the decoder looks for the
 * next in vain where they do not, and fails. Other damage of coded data it passes over.
 */
export function isInOrder(bytes: Uint8Array): boolean {
  const end = bytes.length - 2;
  if (bytes[end] !== 0xff || bytes[end + 1] !== endOfImage) return false;
  let at = 2;
  let hasRestarts = false;
  while (bytes[at] === 0xff && isSegment(bytes[at + 1]!)) {
    const marker = bytes[at + 1]!;
    hasRestarts ||= marker === restartInterval;
    at += 2 + short(bytes, at + 2);
    // Of several scans, as progressive files have them, all are read before the first line is there.
    if (marker === startOfScan) return !hasRestarts || endOfScan(bytes, at) === end;
  }
  return false;
}

/** Where the coded data of a scan end: at the first marker that is not the next restart. */
function endOfScan(bytes: Uint8Array, start: number): number {
  let restart = 0;
  for (let at = bytes.indexOf(0xff, start); at >= 0; at = bytes.indexOf(0xff, at + 2)) {
    const code = bytes[at + 1];
    if (code === 0) continue;
    if (code !== firstRestart + restart) return at;
    restart = (restart + 1) % 8;
  }
  return bytes.length;
}
