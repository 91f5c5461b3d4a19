import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** Where the results of the full comparison are committed, from the root of the repository. */
export const committedPath = 'benchmarks/results/committed/architectures-full.md';

/** The committed results of the full comparison, or null where there are none yet. */
export function committedRun(): string | null {
  const root = join(import.meta.dirname, '..', '..', '..');
  return existsSync(join(root, committedPath)) ? committedPath : null;
}
