import { parseIdx } from '@convnet/data';

import type { Reader } from '../reader.ts';

/** An IDX file of zeros, of one element type. */
function idx(type: number, bytes: number): Uint8Array {
  const file = new Uint8Array(12 + 6 * bytes);
  file.set([0, 0, type, 2, 0, 0, 0, 2, 0, 0, 0, 3]);
  return file;
}

export const idxReader: Reader = {
  name: 'idx',
  seeds: () => [idx(0x08, 1), idx(0x0b, 2), idx(0x0d, 4), idx(0x0e, 8)],
  read: (bytes) => parseIdx(bytes),
};
