import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DataFileError } from '../errors.ts';

/**
 * A file of a folder of the user's, under one of its names.
 *
 * @throws DataFileError with fault 'missing' where there is none of them.
 */
export async function readFirst(
  folder: string,
  names: readonly string[],
): Promise<{ readonly bytes: Uint8Array; readonly source: string }> {
  for (const name of names) {
    const source = join(folder, name);
    try {
      return { bytes: await readFile(source), source };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') continue;
      throw new DataFileError('missing', source, `cannot be read (${(error as Error).message})`);
    }
  }
  throw new DataFileError('missing', folder, `expected one of the files ${names.join(', ')}`);
}
