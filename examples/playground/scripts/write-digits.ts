/**
 * Writes the digits that the page ships, `data/digits.bin`: 400 training and 100 test digits of each class, the first
 * ones of MNIST, packed with gzip. `src/engine/tasks/digit-file.ts` reads them.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { constants, gzipSync } from 'node:zlib';

import type { ArrayDataset } from '@convnet/data';
import { mnist } from '@convnet/datasets';

import { digitPixels, digitScaling, encodeDigits } from '../src/engine/tasks/digit-file.ts';

const perClass = { train: 400, test: 100 };

/** The first `count` digits of each class, in their order. */
function firstOfEach(set: ArrayDataset, count: number): Int32Array {
  const seen = new Array<number>(set.classes.length).fill(0);
  return Int32Array.from(set.labels.keys()).filter((i) => seen[set.labels[i]!]!++ < count);
}

function bytesOf(set: ArrayDataset, count: number): { pixels: Uint8Array; labels: Uint8Array } {
  const indices = firstOfEach(set, count);
  const values = new Float32Array(indices.length * digitPixels);
  const labels = new Int32Array(indices.length);
  set.fill(indices, values, labels);
  const { mean, std } = digitScaling;
  return {
    pixels: Uint8Array.from(values, (value) => Math.round(255 * (value * std + mean))),
    labels: Uint8Array.from(labels),
  };
}

const { train, test } = await mnist();
const file = encodeDigits(bytesOf(train, perClass.train), bytesOf(test, perClass.test));
const packed = gzipSync(file, { level: constants.Z_BEST_COMPRESSION });
const folder = join(import.meta.dirname, '../data');
mkdirSync(folder, { recursive: true });
writeFileSync(join(folder, 'digits.bin'), packed);
process.stdout.write(`data/digits.bin: ${(packed.length / 1e6).toFixed(2)} MB\n`);
