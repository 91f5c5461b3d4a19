import { isUrl } from '@convnet/tensor-core';
import { SourceError } from '../errors.ts';
import type { FileLocation } from './open-source.ts';

/** @internal The place of a file in the same folder. @throws SourceError where there is no folder. */
export function beside(location: FileLocation, file: string): FileLocation {
  const text = isUrl(location) ? location.href : location;
  if (typeof text === 'string' && !/^(data|blob):/i.test(text)) {
    // What follows the path of a URL, such as a signature, belongs to the file.
    const path = /^\w+:\/\//.test(text) ? text.replace(/[?#].*$/, '') : text;
    return path.replace(/[^/\\]*$/, '') + file;
  }
  throw new SourceError(
    'reference',
    file,
    'is a shard of a file without a folder: give the place of each with the option `shard`',
  );
}
