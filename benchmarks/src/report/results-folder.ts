import { accessSync, closeSync, constants, mkdirSync, openSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

/** A place that results are to be written to cannot be written. */
export class ResultsPlaceError extends Error {
  override readonly name = 'ResultsPlaceError';
}

/**
 * Makes the folder of the results, and finds out whether all files can be written, before anything takes time.
 * @param file another file that the results go to.
 * @throws ResultsPlaceError naming the place and the option.
 */
export function requirePlaces(folder: string, file?: string): void {
  attempt(`--out ${folder}`, () => {
    makeFolder(folder);
    accessSync(folder, constants.W_OK);
  });
  if (file === undefined) return;
  attempt(`--json ${file}`, () => {
    makeFolder(dirname(file));
    // What is there stays as it is.
    closeSync(openSync(file, 'a'));
  });
}

/** A folder and those that it lies in, one by one: Node's own way of it never ends where a folder takes none, as in /proc. */
function makeFolder(path: string): void {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found?.isDirectory() === true) return;
  if (dirname(path) !== path) makeFolder(dirname(path));
  mkdirSync(path);
}

function attempt(place: string, write: () => void): void {
  try {
    write();
  } catch (cause) {
    throw new ResultsPlaceError(
      `the results cannot be written to ${place}: ${(cause as Error).message}`,
      { cause },
    );
  }
}
