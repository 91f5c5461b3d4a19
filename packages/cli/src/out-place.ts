import { mkdtemp, rmdir, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';

import { CliError, isWriteError } from './errors.ts';

/**
 * Finds out whether results can be written to a folder, before anything takes time. Nothing is made, so that a
 * command which ends before it has results leaves nothing.
 * @param what is to be written, such as 'the run'.
 * @throws CliError that names the place and the option.
 */
export async function requireOutFolder(what: string, folder: string): Promise<void> {
  await tryPlace({ what, place: folder, option: '--out' }, folder);
}

/** As `requireOutFolder`, for a file. @throws CliError. */
export async function requireOutFile(
  what: string,
  file: string,
  option: string = '--out',
): Promise<void> {
  const output: Output = { what, place: file, option };
  const found = await stat(file).catch(() => null);
  if (found?.isDirectory() === true) throw refused(output, 'it is a folder');
  await tryPlace(output, dirname(file));
}

/** What is to be written where, and the option that says so. */
interface Output {
  readonly what: string;
  readonly place: string;
  readonly option: string;
}

async function tryPlace(output: Output, folder: string): Promise<void> {
  try {
    await rmdir(await mkdtemp(join(await nearestTo(folder), '.convnet-')));
  } catch (cause) {
    if (!isWriteError(cause)) throw cause;
    throw refused(output, cause.message, cause);
  }
}

/**
 * The folder, or what is there of the way to it. It is not made and taken away again: another command may make its own in it
 * meanwhile.
 */
async function nearestTo(folder: string): Promise<string> {
  const found = await stat(folder).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  });
  return found === null ? nearestTo(dirname(resolve(folder))) : folder;
}

const refused = ({ what, place, option }: Output, reason: string, cause?: unknown): CliError =>
  new CliError(`${what} cannot be written to '${place}' (${reason}); see ${option}`, { cause });
