import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';

interface File {
  readonly entry: object;
}

/** What stands in a file of kept plans or compiled kernels. */
export function keptEntry(file: string): object {
  return (JSON.parse(readFileSync(file, 'utf8')) as File).entry;
}

/** Writes other fields into a file of kept plans or compiled kernels, with the checksum of what then stands in it. */
export function changeEntry(file: string, fields: object): void {
  const kept = JSON.parse(readFileSync(file, 'utf8')) as File;
  const entry = { ...kept.entry, ...fields };
  const hash = createHash('sha256').update(JSON.stringify(entry)).digest('hex');
  writeFileSync(file, JSON.stringify({ ...kept, entry, checksum: hash.slice(0, 24) }));
}
