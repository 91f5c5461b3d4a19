import { aSignal, someTexts } from '../kinds.ts';
import {
  ArgumentError,
  formatValue,
  type UrlLike,
  aFunction,
  aString,
  checkOptions,
  isUrl,
  optionKinds,
  type Kind,
} from '@convnet/tensor-core';

import type { BlobLike } from '../web-types.ts';
import { isNode, nodeModule } from '../platform.ts';
import { BlobSource } from './blob-source.ts';
import { isByteSource, type ByteSource } from './byte-source.ts';
import { FileSource, isOpenFile, type OpenFile } from './file-source.ts';
import { MemorySource } from './memory-source.ts';
import { isPackage, packageFile, weightsIn } from './package-file.ts';
import type { FetchOptions } from './fetch-options.ts';
import { UrlSource } from './url-source.ts';

/**
 * Where the bytes of a file are: in Node a path, an open `FileHandle`, the folder that `publish` wrote, or the name of an installed
 * package of weights behind `npm:`; everywhere a URL (as such, or as text that
 * begins with `https:`, `http:`, `data:`, `blob:` or `file:`, in browsers also one relative to the page), a Blob or
 * File, bytes in memory, or a `ByteSource` of the caller's own.
 */
export type FileLocation =
  | string
  | UrlLike
  | BlobLike
  | ArrayBuffer
  | Uint8Array
  | OpenFile
  | ByteSource;

export interface SourceOptions extends FetchOptions {
  /** What errors call the file. Default: its path, URL or name, or what it is. */
  readonly name?: string;
}

/** @internal What the options may be, for functions that take them among others. */
export const sourceOptions: Readonly<Record<keyof SourceOptions, Kind>> =
  optionKinds<SourceOptions>({
    name: aString,
    fetch: aFunction,
    headers: someTexts,
    signal: aSignal,
  });

/**
 * Opens a file for reading piece by piece. Of a URL the beginning is fetched, of a file the length is asked.
 * @throws SourceError where there is none; ArgumentError for what is no place of a file.
 */
export async function openSource(
  location: FileLocation,
  options: SourceOptions = {},
): Promise<ByteSource> {
  checkOptions('openSource', options, sourceOptions);
  const { name } = options;
  if (typeof location === 'string') return openText(location, options);
  if (typeof location !== 'object' || location === null) throw noLocation(location);
  if (location instanceof Uint8Array) return new MemorySource(location, name ?? 'bytes');
  if (location instanceof ArrayBuffer) {
    return new MemorySource(new Uint8Array(location), name ?? 'bytes');
  }
  if (location instanceof Blob) {
    const { name: given } = location as Blob & { readonly name?: string };
    return new BlobSource(location, name ?? given ?? 'Blob');
  }
  if (isUrl(location)) return openText(location.href, options);
  if (isByteSource(location)) return location;
  if (isOpenFile(location)) return FileSource.of(location, name ?? 'open file');
  throw noLocation(location);
}

async function openText(location: string, options: SourceOptions): Promise<ByteSource> {
  const { name = location } = options;
  if (/^(https?|data|blob):/i.test(location)) return UrlSource.open(location, name, options);
  if (isPackage(location)) return FileSource.open(await packageFile(location), name);
  if (/^file:/i.test(location)) return openPath(new URL(location), name);
  if (isNode) return openPath(location, name);
  return UrlSource.open(location, name, options);
}

/** A file of Node, or the weights of the folder of a package. */
async function openPath(path: string | UrlLike, name: string): Promise<ByteSource> {
  const folder = await folderAt(path);
  return FileSource.open(folder === null ? path : await weightsIn(folder, name), name);
}

/** A path that leads to a folder; null where there is something else, or nothing. */
async function folderAt(path: string | UrlLike): Promise<string | null> {
  const [{ stat }, { fileURLToPath }] = await Promise.all([
    nodeModule('node:fs/promises'),
    nodeModule('node:url'),
  ]);
  const place = typeof path === 'string' ? path : fileURLToPath(path.href);
  const found = await stat(place).catch(() => null);
  return found?.isDirectory() === true ? place : null;
}

function noLocation(value: unknown): ArgumentError {
  return new ArgumentError(
    `expected a file as a path, URL, Blob, FileHandle, ArrayBuffer or Uint8Array, got ${formatValue(value)}`,
  );
}
