import { mkdirSync, rmdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { CreateFamilyError } from './errors.ts';

/** A file that is to be written. */
export interface PlannedFile {
  /** Relative to the folder. */
  readonly path: string;
  readonly text: string;
}

/**
 * Writes files into a folder: all of them, or none, so that another try does not find the folder taken.
 * @throws CreateFamilyError that names the folder.
 */
export function writeAll(folder: string, files: readonly PlannedFile[]): void {
  const undo: (() => void)[] = [];
  try {
    for (const { path, text } of files) {
      const file = join(folder, path);
      makeFolder(dirname(file), undo);
      undo.push(() => rmSync(file, { force: true }));
      writeFileSync(file, text);
    }
  } catch (cause) {
    for (const step of undo.toReversed()) step();
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new CreateFamilyError(
      `the family cannot be written to ${folder} (${reason}): choose another folder`,
      { cause },
    );
  }
}

const isFolder = (path: string): boolean =>
  statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;

/**
 * Makes a folder and those that it lies in, one by one: `mkdirSync` with `recursive` never ends where a folder takes no other, as
 * those of /proc.
 */
function makeFolder(folder: string, undo: (() => void)[]): void {
  if (isFolder(folder)) return;
  if (dirname(folder) !== folder) makeFolder(dirname(folder), undo);
  mkdirSync(folder);
  undo.push(() => rmdirSync(folder));
}
