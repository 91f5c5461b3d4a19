import { checkOptions, optionKinds, type Kind } from '@convnet/tensor-core';

import type { ByteSource } from './bytes/byte-source.ts';
import { openSource, type FileLocation } from './bytes/open-source.ts';
import { SourceError } from './errors.ts';
import { isHdf5 } from './hdf5/open.ts';
import { isKerasArchive, readKeras } from './keras/open.ts';
import { isNpy } from './numpy/format.ts';
import { readNumpy } from './numpy/open.ts';
import {
  isIndex,
  safetensorsOf,
  safetensorsOptions,
  type SafetensorsOptions,
} from './safetensors/open.ts';
import type { TensorFile } from './tensor-file.ts';
import { isLegacyCheckpoint } from './torch/legacy-checkpoint.ts';
import { readTorch, torchOptions, type TorchOptions } from './torch/open.ts';
import { longestManifest } from './tfjs/manifest.ts';
import { tfjsOf } from './tfjs/open.ts';
import { isZip, readDirectory } from './zip/directory.ts';

/** The options of all formats; those that a file has no use for are left. */
export interface OpenOptions extends SafetensorsOptions, TorchOptions {}

/** @internal */
export const openOptions: Readonly<Record<keyof OpenOptions, Kind>> = optionKinds<OpenOptions>({
  ...safetensorsOptions,
  ...torchOptions,
});

/**
 * Opens a file of weights of any format that is read, which its first bytes tell: of PyTorch, safetensors, NumPy, Keras, or
 * the `model.json` of TensorFlow.js.
 * @throws WeightsFileError; ArgumentError.
 */
export async function openWeights(
  location: FileLocation,
  options: OpenOptions = {},
): Promise<TensorFile> {
  checkOptions('openWeights', options, openOptions);
  const { shard, key, ...sourceOptions } = options;
  const source = await openSource(location, sourceOptions);
  try {
    const first = await source.read(0, Math.min(512, source.size));
    if (isNpy(first)) return await readNumpy(source);
    if (isHdf5(first)) return await readKeras(source);
    if (isZip(first)) return await readZip(source, key);
    if (isLegacyCheckpoint(first) || isTar(first)) return await readTorch(source, key);
    const rest = { location, shard, options: sourceOptions };
    if (!isIndex(first) && !beginsAsSafetensors(first)) requireNoOther(source.name, first);
    if (isIndex(first) && (await isTfjs(source))) return await tfjsOf(source, rest);
    return await safetensorsOf(source, rest);
  } catch (error) {
    await source.close();
    throw error;
  }
}

/** What a file is by its name, where that is none of the formats that its first bytes may leave. */
const kindsByEnding: Readonly<Record<string, string>> = {
  '.pth': 'a file of PyTorch',
  '.pt': 'a file of PyTorch',
  '.npz': 'an archive of NumPy',
  '.npy': 'an array of NumPy',
  '.keras': 'a file of Keras',
  '.h5': 'a file of Keras (HDF5)',
};

/** Whether a header in JSON stands behind its length. */
const beginsAsSafetensors = (first: Uint8Array): boolean =>
  String.fromCharCode(...first.subarray(8, 9)) === '{';

/** Told as what it is by its name: nobody who gives a damaged .pth has to know what safetensors is. */
function requireNoOther(name: string, first: Uint8Array): void {
  const ending = /\.\w+$/.exec(name)?.[0].toLowerCase() ?? '';
  if (ending === '.onnx') {
    throw new SourceError(
      'unreadable',
      name,
      'a network of ONNX is more than weights: importOnnx of @convnet/onnx reads it',
    );
  }
  const kind = kindsByEnding[ending];
  if (kind === undefined) return;
  const start = Array.from(first.subarray(0, 8), (byte) => byte.toString(16).padStart(2, '0'));
  throw new SourceError(
    'unreadable',
    name,
    `expected ${kind}, as its name says, got ${first.length === 0 ? 'an empty file' : `bytes that begin ${start.join(' ')}`}: ` +
      'is it damaged, or another file?',
  );
}

/** An archive of NumPy has arrays and nothing else; that of Keras has its weights under one name. */
async function readZip(source: ByteSource, key: string | undefined): Promise<TensorFile> {
  const names = [...(await readDirectory(source)).keys()];
  if (isKerasArchive(names)) return readKeras(source);
  const isNumpy = names.length > 0 && names.every((name) => name.endsWith('.npy'));
  return isNumpy ? readNumpy(source) : readTorch(source, key);
}

/** Whether JSON is the model of TensorFlow.js and not an index of shards. */
async function isTfjs(source: ByteSource): Promise<boolean> {
  const end = Math.min(source.size, longestManifest);
  const text = new TextDecoder().decode(await source.read(0, end));
  return /"weightsManifest"\s*:/.test(text);
}

/** What `.pth.tar` sometimes is; the reader of PyTorch's files says what to do. */
function isTar(first: Uint8Array): boolean {
  return String.fromCharCode(...first.subarray(257, 262)) === 'ustar';
}
