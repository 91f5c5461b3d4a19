import { checkOptions } from '@convnet/tensor-core';

import type { ByteSource } from '../bytes/byte-source.ts';
import {
  openSource,
  sourceOptions,
  type FileLocation,
  type SourceOptions,
} from '../bytes/open-source.ts';
import { NumpyError } from '../errors.ts';
import type { FileTensor } from '../file-tensor.ts';
import type { TensorFile } from '../tensor-file.ts';
import { readDirectory } from '../zip/directory.ts';
import { EntrySource } from '../zip/entry-source.ts';
import { isNpy } from './format.ts';
import { readNpy } from './read-npy.ts';

/**
 * Opens a file of NumPy: arrays by name (`.npz`, compressed or not), or one array (`.npy`), whose name is ''. Arrays of
 * objects, which are pickles, are refused. Each array is read when it is asked for.
 * @throws NumpyError, ZipError, SourceError; ArgumentError.
 */
export async function openNumpy(
  location: FileLocation,
  options: SourceOptions = {},
): Promise<TensorFile> {
  checkOptions('openNumpy', options, sourceOptions);
  const source = await openSource(location, options);
  try {
    return await readNumpy(source);
  } catch (error) {
    await source.close();
    throw error;
  }
}

/** @internal Reads all but the elements. */
export async function readNumpy(source: ByteSource): Promise<TensorFile> {
  const first = await source.read(0, Math.min(6, source.size));
  if (!isNpy(first) && first[0] !== 0x50) {
    throw new NumpyError(
      'format',
      source.name,
      'expected an array of NumPy, or an archive of some',
    );
  }
  const tensors = isNpy(first) ? new Map([['', await readNpy(source)]]) : await readArchive(source);
  const close = (): Promise<void> => source.close();
  return {
    format: 'numpy',
    name: source.name,
    tensors,
    metadata: new Map(),
    close,
    [Symbol.asyncDispose]: close,
  };
}

async function readArchive(source: ByteSource): Promise<ReadonlyMap<string, FileTensor>> {
  const tensors = new Map<string, FileTensor>();
  for (const [file, entry] of await readDirectory(source)) {
    const name = file.replace(/\.npy$/, '');
    if (name === file) {
      throw new NumpyError(
        'format',
        source.name,
        `expected arrays, got the entry ${JSON.stringify(file)}`,
      );
    }
    tensors.set(name, await readNpy(new EntrySource(source, entry), entry.headerOffset));
  }
  return tensors;
}
