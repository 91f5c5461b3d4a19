import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach } from 'vitest';

/**
 * Makes a folder for the files of sets before each test of a file, and removes it behind it.
 * @param made told of its path.
 */
export function setsFolder(made: (path: string) => void): {
  /** Writes files by their paths in the folder. */
  write(files: Readonly<Record<string, Uint8Array | string>>): void;
} {
  let folder = '';
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'convnet-sets-'));
    made(folder);
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));
  return {
    write(files) {
      for (const [name, content] of Object.entries(files)) {
        mkdirSync(join(folder, name, '..'), { recursive: true });
        writeFileSync(join(folder, name), content);
      }
    },
  };
}
