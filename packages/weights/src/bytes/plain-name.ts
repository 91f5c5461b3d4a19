import { SourceError } from '../errors.ts';

/** @internal Only files of the folder itself: an index must not lead anywhere else. @throws SourceError. */
export function requirePlainName(file: string, source: string): void {
  if (/^[\w.-][\w. -]*$/.test(file) && !/^\.*$/.test(file)) return;
  throw new SourceError(
    'reference',
    source,
    `expected shards as names of files in the same folder, got ${JSON.stringify(file)}`,
  );
}
