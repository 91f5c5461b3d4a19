import { ArgumentError, formatValue, checkOptions } from '@convnet/tensor-core';

import type { Wanted } from './download.ts';
import type { BlobLike } from '../web-types.ts';
import { isNode } from '../platform.ts';
import { fetchIntoBrowser } from './browser-cache.ts';
import { fetchIntoFolder, fromFolder } from './folder-cache.ts';
import { pretrainedOptions, type PretrainedOptions } from './options.ts';
import { isWeightsFile, type WeightsFile } from './weights-file.ts';

/**
 * The place of published weights on this machine: a path in Node, a Blob in browsers. What is not in the cache is
 * downloaded, going on where an earlier download ended, and kept once its bytes are those of the published hash.
 * @throws DownloadError; ArgumentError.
 */
export async function fetchWeights(
  file: WeightsFile,
  options: PretrainedOptions = {},
): Promise<string | BlobLike> {
  checkOptions('fetchWeights', options, pretrainedOptions);
  requireWeightsFile(file);
  return fetchPublished(file, options);
}

/**
 * As `fetchWeights`, of any file: known by its SHA-256, by the MD5 that its publisher gives, or, an index that has no digest,
 * by nothing.
 * @internal
 */
export async function fetchPublished(
  file: Wanted,
  options: PretrainedOptions = {},
): Promise<string | BlobLike> {
  const { mirror, ...rest } = options;
  if (mirror === undefined) return fetchFrom(file, rest);
  if (/^https?:/i.test(mirror)) {
    return fetchFrom({ ...file, url: `${mirror.replace(/\/$/, '')}/${file.file}` }, rest);
  }
  if (isNode) return fromFolder(file, mirror);
  throw new ArgumentError(`fetchWeights: expected a mirror as a URL, got ${formatValue(mirror)}`);
}

function fetchFrom(file: Wanted, options: PretrainedOptions): Promise<string | BlobLike> {
  return isNode ? fetchIntoFolder(file, options) : fetchIntoBrowser(file, options);
}

/** @throws ArgumentError for what is no file of weights, or one whose name leads out of a folder. */
function requireWeightsFile(file: unknown): asserts file is WeightsFile {
  if (!isWeightsFile(file)) {
    throw new ArgumentError(
      `fetchWeights: expected a file, its url and the first digits of its sha256, got ${formatValue(file)}`,
    );
  }
  if (!/^[\w][\w.-]*$/.test(file.file)) {
    throw new ArgumentError(
      `fetchWeights: expected the name of a file, got ${formatValue(file.file)}`,
    );
  }
  if (!/^[0-9a-f]{8,64}$/.test(file.sha256)) {
    throw new ArgumentError(
      `fetchWeights: expected 8 to 64 hexadecimal digits of the SHA-256 of ${file.file}, got ${formatValue(file.sha256)}`,
    );
  }
}
