import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { inflateSync } from 'node:zlib';
import { DTypeError } from '@convnet/tensor-core';
import {
  encodeNpy,
  encodeNpz,
  encodeSafetensors,
  openKeras,
  openNumpy,
  openSafetensors,
  openTfjs,
  openTorch,
  openWeights,
  type HostTensor,
  type TensorFile,
} from '@convnet/weights';

import type { Reader } from '../reader.ts';

const folder = join(import.meta.dirname, '../../../../packages/weights/fixtures');

const tensors: Readonly<Record<string, HostTensor>> = {
  'conv.weight': { dtype: 'float32', shape: [2, 1, 3], data: Float32Array.of(1, 2, 3, 4, 5, 6) },
  'bn.bias': { dtype: 'float16', shape: [2], data: Uint16Array.of(0x3c00, 0x4000) },
  'bn.num_batches_tracked': { dtype: 'int64', shape: [], data: BigInt64Array.of(3n) },
  empty: { dtype: 'uint8', shape: [0], data: new Uint8Array() },
};

/** Reads every tensor, as bytes and as numbers. Numbers that no tensor holds are no fault of the file. */
async function readAll(opening: Promise<TensorFile>): Promise<void> {
  await using file = await opening;
  for (const tensor of file.tensors.values()) {
    await tensor.bytes();
    await tensor.data().catch((error: unknown) => {
      if (!(error instanceof DTypeError)) throw error;
    });
  }
}

const torchFiles = (isLegacy: boolean): readonly Uint8Array[] =>
  readdirSync(join(folder, 'torch'))
    .filter((file) => !file.endsWith('.json') && file.includes('legacy') === isLegacy)
    .map((file) => new Uint8Array(readFileSync(join(folder, 'torch', file))));

const base64 = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'base64'));

function json(file: string): unknown {
  return JSON.parse(readFileSync(join(folder, file), 'utf8'));
}

const ofReference = json('safetensors-files.json') as readonly { readonly file: string }[];
const safetensors: readonly Uint8Array[] = [
  await encodeSafetensors(tensors, { metadata: { format: 'pt' } }),
  ...ofReference.map(({ file }) => base64(file)),
];

const { archives } = json('numpy-files.json') as {
  readonly archives: Readonly<Record<string, string>>;
};
const numpy: readonly Uint8Array[] = [
  await encodeNpy(tensors['conv.weight']!),
  await encodeNpz(tensors),
  ...Object.values(archives).map(base64),
];

const tfjs = json('tfjs-files.json') as Readonly<
  Record<string, { readonly specs: readonly object[]; readonly data: string }>
>;
const tfjsModels = Object.values(tfjs).map(({ specs }) =>
  new TextEncoder().encode(
    JSON.stringify({
      format: 'layers-model',
      weightsManifest: [{ paths: ['w.bin'], weights: specs }],
    }),
  ),
);

const keras = json('keras-files.json') as {
  readonly files: Readonly<Record<string, { readonly data: string }>>;
  readonly refused: Readonly<Record<string, string>>;
};
const kerasFiles = Object.values(keras.files).map(
  ({ data }) => new Uint8Array(inflateSync(base64(data))),
);

const shard = safetensors[0]!;
const shardIndex = new TextEncoder().encode(
  JSON.stringify({
    metadata: { total_size: 36 },
    weight_map: { 'conv.weight': 'model-1.safetensors', 'bn.bias': 'model-2.safetensors' },
  }),
);

/** Whose weights a mutant has. */
function isQuantised(bytes: Uint8Array): boolean {
  return new TextDecoder().decode(bytes).includes('scale');
}

export const weightReaders: readonly Reader[] = [
  {
    name: 'safetensors',
    seeds: () => safetensors,
    read: (bytes) => readAll(openSafetensors(bytes)),
  },
  {
    name: 'safetensors-index',
    seeds: () => [shardIndex],
    read: (bytes) => readAll(openSafetensors(bytes, { shard: () => shard })),
  },
  { name: 'torch', seeds: () => torchFiles(false), read: (bytes) => readAll(openTorch(bytes)) },
  {
    name: 'torch-legacy',
    seeds: () => torchFiles(true),
    read: (bytes) => readAll(openTorch(bytes)),
  },
  { name: 'numpy', seeds: () => numpy, read: (bytes) => readAll(openNumpy(bytes)) },
  {
    name: 'tfjs',
    seeds: () => tfjsModels,
    read: (bytes) =>
      readAll(
        openTfjs(bytes, {
          shard: () => base64(tfjs[isQuantised(bytes) ? 'quantised' : 'plain']!.data),
        }),
      ),
  },
  { name: 'keras', seeds: () => kerasFiles, read: (bytes) => readAll(openKeras(bytes)) },
  {
    name: 'any-weights',
    seeds: () => [
      ...safetensors,
      ...numpy,
      ...kerasFiles,
      ...torchFiles(true),
      ...torchFiles(false),
    ],
    read: (bytes) => readAll(openWeights(bytes)),
  },
];
