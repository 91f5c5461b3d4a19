import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { summary } from '@convnet/layers';
import { importOnnx, type ImportedNetwork } from '@convnet/onnx';
import { reference } from '@convnet/tensor-core/reference';

import type { Reader } from '../reader.ts';
import { valuePlaces } from './onnx-values.ts';

const path = join(import.meta.dirname, '../../../../packages/onnx/fixtures/networks.json');
const networks = JSON.parse(readFileSync(path, 'utf8')) as Readonly<
  Record<string, { readonly file: string }>
>;

const device = reference();

/** Infers all shapes of a network, unless its inputs are larger than those of the good files. */
function walk(model: ImportedNetwork): void {
  const [shape] = model.inputShapes;
  if (!shape || model.inputNames.length > 1) return;
  const extents = shape.map((extent) => (typeof extent === 'number' ? extent : 2));
  if (extents.every((extent) => extent > 0 && extent <= 64)) summary(model, extents);
}

async function readAll(bytes: Uint8Array): Promise<void> {
  const model = await importOnnx(bytes, { device });
  try {
    walk(model);
  } finally {
    model.dispose();
  }
}

const files = Object.values(networks).map(
  ({ file }) => new Uint8Array(Buffer.from(file, 'base64')),
);
const places = files.map(valuePlaces);

/**
 * A good file with some of its values changed: the first byte says which file, each three behind it a place and what stands
 * there. Most changes to the bytes of a file break its messages; these go on to names, types, shapes and attributes.
 */
function edited(edits: Uint8Array): Uint8Array {
  const which = (edits[0] ?? 0) % files.length;
  const file = files[which]!.slice();
  const { numbers, bytes } = places[which]!;
  for (let i = 1; i + 3 < edits.length; i += 4) {
    const [kind, high, low, value] = edits.subarray(i, i + 4) as unknown as number[];
    const at = high! * 256 + low!;
    // What goes on behind a byte of a number must go on.
    if (kind! % 4 > 0) {
      const place = numbers[at % numbers.length]!;
      file[place] = (file[place]! & 0x80) | (value! & 0x7f);
    } else {
      file[bytes[at % bytes.length]!] = value!;
    }
  }
  return file;
}

/** Edits that change nothing, to be mutated: half of numbers, half of other bytes, all over a file. */
function noEdits(which: number): Uint8Array {
  const file = files[which]!;
  const { numbers, bytes } = places[which]!;
  const edits = Array.from({ length: 8 }, (_, i) => {
    const among = i % 2 === 0 ? numbers : bytes;
    const at = (i * 8191) % Math.min(among.length, 65_536);
    return [i % 2 === 0 ? 1 : 0, at >> 8, at & 255, file[among[at]!]!];
  });
  return Uint8Array.from([which, ...edits.flat()]);
}

export const onnxReaders: readonly Reader[] = [
  { name: 'onnx', seeds: () => files, read: readAll },
  {
    name: 'onnx-values',
    seeds: () => files.map((_, which) => noEdits(which)),
    read: (edits) => readAll(edited(edits)),
  },
];
