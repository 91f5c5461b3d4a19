import { refuseUnknownOptions } from '@convnet/tensor-core';

import type { ByteSource } from './bytes/byte-source.ts';
import { openSource, type FileLocation } from './bytes/open-source.ts';
import { isNpy } from './numpy/format.ts';
import { readNumpy } from './numpy/open.ts';
import {
  safetensorsOf,
  safetensorsOptionNames,
  type SafetensorsOptions,
} from './safetensors/open.ts';
import type { TensorFile } from './tensor-file.ts';
import { isLegacyCheckpoint } from './torch/legacy-checkpoint.ts';
import { readTorch, torchOptionNames, type TorchOptions } from './torch/open.ts';
import { isZip, readDirectory } from './zip/directory.ts';

/** The options of all formats; those that a file has no use for are left. */
export interface OpenOptions extends SafetensorsOptions, TorchOptions {}

/** @internal */
export const openOptionNames: readonly string[] = [
  ...new Set([...safetensorsOptionNames, ...torchOptionNames]),
];

/**
 * Opens a file of weights of any format that is read, which its first bytes tell: of PyTorch, safetensors, or of NumPy.
 * @throws WeightsFileError; ArgumentError.
 */
export async function openWeights(
  location: FileLocation,
  options: OpenOptions = {},
): Promise<TensorFile> {
  refuseUnknownOptions('openWeights', options, openOptionNames);
  const { shard, key, ...sourceOptions } = options;
  const source = await openSource(location, sourceOptions);
  try {
    const first = await source.read(0, Math.min(512, source.size));
    if (isNpy(first)) return await readNumpy(source);
    if (isZip(first)) return await readZip(source, key);
    if (isLegacyCheckpoint(first) || isTar(first)) return await readTorch(source, key);
    return await safetensorsOf(source, { location, shard, options: sourceOptions });
  } catch (error) {
    await source.close();
    throw error;
  }
}

/** An archive of NumPy has arrays and nothing else. */
async function readZip(source: ByteSource, key: string | undefined): Promise<TensorFile> {
  const names = [...(await readDirectory(source)).keys()];
  const isNumpy = names.length > 0 && names.every((name) => name.endsWith('.npy'));
  return isNumpy ? readNumpy(source) : readTorch(source, key);
}

/** What `.pth.tar` sometimes is; the reader of PyTorch's files says what to do. */
function isTar(first: Uint8Array): boolean {
  return String.fromCharCode(...first.subarray(257, 262)) === 'ustar';
}
