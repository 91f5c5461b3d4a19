import { randomUUID } from 'node:crypto';
import { open, rm, rmdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import { makeFolder } from '@convnet/weights/node';

import { CliError, isWriteError } from './errors.ts';

/**
 * Finds out whether results can be written to a folder, before anything takes time. What was not there is not there
 * afterwards, so that a command which ends before it has results leaves nothing.
 * @param what is to be written, such as 'the run'.
 * @throws CliError that names the place and the option.
 */
export async function requireOutFolder(what: string, folder: string): Promise<void> {
  await tryPlace(what, folder, folder);
}

/** As `requireOutFolder`, for a file. @throws CliError. */
export async function requireOutFile(what: string, file: string): Promise<void> {
  const found = await stat(file).catch(() => null);
  if (found?.isDirectory() === true) throw refused(what, file, 'it is a folder');
  await tryPlace(what, file, dirname(file));
}

async function tryPlace(what: string, place: string, folder: string): Promise<void> {
  try {
    const made = await makeFolder(folder);
    try {
      const path = join(folder, `.${randomUUID()}.tmp`);
      await (await open(path, 'wx')).close();
      await rm(path);
    } finally {
      for (const one of made.toReversed()) await rmdir(one);
    }
  } catch (cause) {
    if (!isWriteError(cause)) throw cause;
    throw refused(what, place, cause.message, cause);
  }
}

const refused = (what: string, place: string, reason: string, cause?: unknown): CliError =>
  new CliError(`${what} cannot be written to '${place}' (${reason}); see --out`, { cause });
