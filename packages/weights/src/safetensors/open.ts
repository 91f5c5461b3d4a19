import { aFunction, checkOptions, optionKinds, type Kind } from '@convnet/tensor-core';

import type { ByteSource } from '../bytes/byte-source.ts';
import {
  openSource,
  sourceOptions,
  type FileLocation,
  type SourceOptions,
} from '../bytes/open-source.ts';
import type { TensorFile } from '../tensor-file.ts';
import { lengthBytes, longestHeader } from './format.ts';
import { firstBytes, headerLength, readSafetensors } from './read.ts';
import { openShards, type ShardOptions } from './shards.ts';

export interface SafetensorsOptions extends SourceOptions {
  /**
   * Where a shard is that an index names. Default: beside the index, for a path or a URL.
   */
  readonly shard?: (file: string) => FileLocation;
}

/** @internal */
export const safetensorsOptions: Readonly<Record<keyof SafetensorsOptions, Kind>> =
  optionKinds<SafetensorsOptions>({ ...sourceOptions, shard: aFunction });

/**
 * Opens a safetensors file, or the index of one in shards (`model.safetensors.index.json`), and reads its header; each
 * tensor is read when it is asked for. Close it, or let `await using` do so.
 * @throws SafetensorsError for a file that breaks a rule of the format; SourceError; ArgumentError.
 */
export async function openSafetensors(
  location: FileLocation,
  options: SafetensorsOptions = {},
): Promise<TensorFile> {
  checkOptions('openSafetensors', options, safetensorsOptions);
  const { shard, ...rest } = options;
  const source = await openSource(location, rest);
  try {
    return await safetensorsOf(source, { location, shard, options: rest });
  } catch (error) {
    await source.close();
    throw error;
  }
}

/** @internal Reads the header of a file that is open, or the index of one in shards. */
export async function safetensorsOf(
  source: ByteSource,
  options: ShardOptions,
): Promise<TensorFile> {
  const first = await firstBytes(source);
  return isIndex(first) ? openShards(source, options) : readSafetensors(source, first);
}

/** @internal Whether a file is JSON, as an index is; a header's length that began so would be longer than allowed. */
export function isIndex(first: Uint8Array): boolean {
  const length = first.length < lengthBytes ? 0 : headerLength(first);
  return length > longestHeader && /^\s*\{/.test(String.fromCharCode(...first));
}
