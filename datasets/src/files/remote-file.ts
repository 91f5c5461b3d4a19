import { join } from 'node:path';
import { aString, checkOptions, requireKind, type Kind } from '@convnet/tensor-core';
import {
  DownloadError,
  fetchWeights,
  pretrainedOptions,
  type PretrainedOptions,
} from '@convnet/weights';
import { cacheFolder as userCache } from '@convnet/weights/node';

/** A file of a published set. */
export interface RemoteFile {
  readonly file: string;
  readonly url: string;
  /** SHA-256 of its content, in hexadecimal digits. */
  readonly sha256: string;
  readonly bytes: number;
}

/** How sets are downloaded; see `fetchWeights` of `@convnet/weights`. */
export interface FetchSetOptions extends PretrainedOptions {
  /**
   * Where downloads are kept, a folder for each set; default: `convnet/datasets` in the user's folder for caches
   * (`XDG_CACHE_HOME` or `~/.cache`), or the folder that `CONVNET_DATASETS` names.
   */
  readonly cache?: string;
}

export const fetchKinds: Readonly<Record<keyof FetchSetOptions, Kind>> = pretrainedOptions;

/** The part of options that is about downloads. */
export function fetchOptions(options: FetchSetOptions): FetchSetOptions {
  return Object.fromEntries(
    Object.entries(options).filter(([name]) => name in fetchKinds),
  ) as FetchSetOptions;
}

/** The folder that keeps the files of set `set`. */
export function cacheFolder(set: string, { cache }: FetchSetOptions): string {
  return join(cache ?? userCache('datasets', 'CONVNET_DATASETS'), set);
}

/**
 * The path of a file of set `set`, downloaded where the cache lacks it: going on where an earlier download broke off, and
 * kept once its SHA-256 is the published one.
 *
 * @throws DownloadError that says what went wrong.
 */
export async function fetchSetFile(
  set: string,
  file: RemoteFile,
  options: FetchSetOptions,
): Promise<string> {
  requireKind('fetchSetFile', 'set', set, aString);
  checkOptions('fetchSetFile', options, fetchKinds);
  return fetchFileOf(set, file, options);
}

/** As `fetchSetFile`, by the options of a set, which has others beside those of the download. */
export async function fetchFileOf(
  set: string,
  file: RemoteFile,
  options: FetchSetOptions,
): Promise<string> {
  return fetchIntoCache(fetchWeights, file, {
    ...fetchOptions(options),
    cache: cacheFolder(set, options),
  });
}

/** As `fetch`, where a cache that cannot be written to is one of sets. @throws DownloadError, and what `fetch` does. */
export async function fetchIntoCache<File extends { readonly file: string }>(
  fetch: (file: File, options: PretrainedOptions) => Promise<unknown>,
  file: File,
  options: FetchSetOptions & { readonly cache: string },
): Promise<string> {
  try {
    return (await fetch(file, options)) as string;
  } catch (error) {
    if (!(error instanceof DownloadError && error.fault === 'cache')) throw error;
    throw new DownloadError('cache', file.file, notKept(options.cache, error.cause), {
      cause: error.cause,
    });
  }
}

/** What is said of a folder that nothing can be written to. */
export const notKept = (folder: string, cause: unknown): string =>
  `it cannot be kept in ${folder} (${cause instanceof Error ? cause.message : String(cause)}): the option cache, or ` +
  'CONVNET_DATASETS, names another folder';
