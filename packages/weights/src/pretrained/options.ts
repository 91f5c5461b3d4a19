import { aSignal, someTexts } from '../kinds.ts';
import {
  aBoolean,
  aFunction,
  aString,
  integerFrom,
  numberAbove,
  optionKinds,
  type Kind,
} from '@convnet/tensor-core';

import { DownloadError } from '../errors.ts';
import type { DownloadOptions } from './download.ts';

export interface PretrainedOptions extends DownloadOptions {
  /**
   * In Node the folder where downloads are kept; default: `convnet/weights` in the user's folder for caches
   * (`XDG_CACHE_HOME` or `~/.cache`), or the folder that `CONVNET_WEIGHTS` names. In browsers the name of the cache that
   * keeps them, default 'convnet-weights'.
   */
  readonly cache?: string;
  /** A server that has the files too, by their names: the URL of its folder. In Node also a folder, which is only read. */
  readonly mirror?: string;
  /** Download nothing. Default false. */
  readonly offline?: boolean;
}

/** @internal */
export const pretrainedOptions: Readonly<Record<keyof PretrainedOptions, Kind>> =
  optionKinds<PretrainedOptions>({
    fetch: aFunction,
    headers: someTexts,
    signal: aSignal,
    onProgress: aFunction,
    retries: integerFrom(0),
    timeout: numberAbove(0, Infinity),
    cache: aString,
    mirror: aString,
    offline: aBoolean,
  });

/** The error for what is neither in a cache nor may be downloaded. */
export function notCached({ file }: { readonly file: string }, cache: string): DownloadError {
  return new DownloadError(
    'offline',
    file,
    `it is not in ${cache}, and nothing is to be downloaded`,
  );
}
