import type { ByteSource } from '../bytes/byte-source.ts';
import { beside } from '../bytes/sibling.ts';
import { requirePlainName } from '../bytes/plain-name.ts';
import { openSource, type FileLocation, type SourceOptions } from '../bytes/open-source.ts';
import { SafetensorsError } from '../errors.ts';
import type { FileTensor } from '../file-tensor.ts';
import { JsonScanner } from '../json-scanner.ts';
import type { TensorFile } from '../tensor-file.ts';
import { longestHeader } from './format.ts';
import { firstBytes, readSafetensors } from './read.ts';

export interface ShardOptions {
  /** Of the index. */
  readonly location: FileLocation;
  readonly shard: ((file: string) => FileLocation) | undefined;
  readonly options: SourceOptions;
}

/**
 * Opens the shards that an index names, `{ weight_map: { tensor: file }, metadata: … }`, all of which lie in one folder,
 * and reads their headers.
 * @throws SafetensorsError for an index that does not fit its shards, and for a shard; SourceError.
 */
export async function openShards(source: ByteSource, options: ShardOptions): Promise<TensorFile> {
  const files = await readIndex(source);
  const opened = new Map<string, TensorFile>();
  const close = async (): Promise<void> => {
    await Promise.all(Array.from(opened.values(), (file) => file.close()));
    await source.close();
  };
  try {
    for (const file of new Set(files.values())) opened.set(file, await openShard(file, options));
    const tensors = new Map<string, FileTensor>();
    for (const [name, file] of files) {
      const tensor = opened.get(file)!.tensors.get(name);
      if (tensor === undefined) {
        throw new SafetensorsError(
          'index',
          source.name,
          `expected ${JSON.stringify(name)} in ${file}, which does not have it`,
        );
      }
      tensors.set(name, tensor);
    }
    const metadata = new Map(Array.from(opened.values()).flatMap((file) => [...file.metadata]));
    return {
      format: 'safetensors',
      name: source.name,
      tensors,
      metadata,
      close,
      [Symbol.asyncDispose]: close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

async function openShard(
  file: string,
  { location, shard, options }: ShardOptions,
): Promise<TensorFile> {
  const place = shard === undefined ? beside(location, file) : shard(file);
  const source = await openSource(place, { ...options, name: file });
  try {
    return await readSafetensors(source, await firstBytes(source));
  } catch (error) {
    await source.close();
    throw error;
  }
}

/** The file of each tensor. */
async function readIndex(source: ByteSource): Promise<ReadonlyMap<string, string>> {
  const { name, size } = source;
  if (size > longestHeader) {
    throw new SafetensorsError('header length', name, `${size} bytes are too many for an index`);
  }
  const fail = (fault: 'duplicate' | 'index', message: string): SafetensorsError =>
    new SafetensorsError(fault, name, message);
  const text = new TextDecoder().decode(await source.read(0, size));
  const scanner = new JsonScanner(text, (fault, message) =>
    fail(fault === 'duplicate' ? 'duplicate' : 'index', message),
  );
  let files: Map<string, string> | undefined;
  scanner.object((field) => {
    if (field !== 'weight_map') {
      scanner.skip();
      return;
    }
    const map = new Map<string, string>();
    scanner.object((tensor) => void map.set(tensor, scanner.string()));
    files = map;
  });
  scanner.end();
  if (files === undefined) throw fail('index', "expected 'weight_map', the file of each tensor");
  for (const file of new Set(files.values())) requirePlainName(file, name);
  return files;
}
