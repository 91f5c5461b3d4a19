import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';

import { JournalError } from './errors.ts';

/** Files of the locks that this process has. */
const held = new Set<string>();

/** Keeps two processes from writing to one journal: a file beside it with the id of the process that writes. */
export class JournalLock {
  readonly #file: string;

  private constructor(file: string) {
    this.#file = file;
  }

  /**
   * The lock of a process that was killed is taken over, also where this process has its id now: in a container that begins
   * anew, ids come again.
   * @throws JournalError with fault 'locked', and errors of the file system.
   */
  static take(journal: string): JournalLock {
    const file = `${journal}.lock`;
    for (;;) {
      try {
        writeFileSync(file, String(process.pid), { flag: 'wx' });
        held.add(resolve(file));
        return new JournalLock(file);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
        const holder = Number(readFileSync(file, 'utf8'));
        const isHeld = holder === process.pid ? held.has(resolve(file)) : isRunning(holder);
        if (isHeld) {
          throw new JournalError(
            'locked',
            `${journal} is being written by process ${holder}; if that is another program, remove ${file}`,
            { cause: error },
          );
        }
        rmSync(file, { force: true });
      }
    }
  }

  release(): void {
    rmSync(this.#file, { force: true });
    held.delete(resolve(this.#file));
  }
}

function isRunning(pid: number): boolean {
  if (!Number.isSafeInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it runs and belongs to another user.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
