import { execFileSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

import { findLibrary, nvrtc } from '../addon/find-library.ts';
import type { Addon } from '../addon/interface.ts';
import { hasEmulator, platform } from '../testing/emulated-device.ts';

const script = fileURLToPath(new URL('../../scripts/check-nvrtc.ts', import.meta.url));

/** Why it cannot run here, or null. */
function missing(): string | null {
  if (!hasEmulator) return 'no addon';
  const addon = createRequire(import.meta.url)(
    join(platform().nativeFolder, 'convnet-cuda.node'),
  ) as Addon;
  const { CUDA_LIBRARIES: folder } = process.env;
  const file = folder === undefined ? undefined : join(folder, 'cu13/lib/libnvrtc.so.13');
  const { library } = findLibrary(addon, nvrtc, 13_990, file);
  return library === null ? "NVRTC is in no toolkit and none of Python's packages" : null;
}

const reason = missing();
// One line, by name: this needs what this machine does not have.
if (reason !== null) process.stderr.write(`not run: chains by the real NVRTC (${reason})\n`);

/** A line of scripts/check-nvrtc.ts. */
interface Row {
  readonly architecture: number;
  readonly ofRows?: number;
  readonly failed?: number;
  readonly error?: string;
  readonly mayContract?: number;
  readonly overBounds?: readonly string[];
}

describe.runIf(reason === null)('the real NVRTC', () => {
  test(
    'compiles every chain that the tests met, and all rows, for every architecture',
    { timeout: 900_000 },
    () => {
      const text = execFileSync(process.execPath, [script], { encoding: 'utf8', stdio: 'pipe' });
      const rows = text
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as Row);
      expect(rows.filter(({ error }) => error !== undefined)).toEqual([]);
      // The last is one that no compiler knows.
      const architectures = [80, 86, 89, 90, 100, 120, 999];
      expect(rows.map(({ architecture }) => architecture)).toEqual(architectures);
      for (const { ofRows, failed, mayContract = 0, overBounds = [] } of rows) {
        expect(ofRows).toBeGreaterThan(30);
        expect(failed).toBe(0);
        // Without a rounding, ptxas might make one operation of a product and a sum.
        expect(mayContract).toBe(0);
        expect(overBounds).toEqual([]);
      }
      expect(rows.at(-1)!.mayContract).toBeDefined();
    },
  );
});
