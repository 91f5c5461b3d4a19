import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const script = (name: string): string =>
  fileURLToPath(new URL(`../../../scripts/${name}`, import.meta.url));

/** `scripts/cuda-libraries.ts`, which is no part of the package's sources. */
interface CudaLibraries {
  findLibraries(): string | null;
}
const { findLibraries } = (await import(script('cuda-libraries.ts'))) as CudaLibraries;

const isInstalled = findLibraries() !== null;
// One line, by name: this needs what this machine does not have.
if (!isInstalled) {
  process.stderr.write(
    "not run: graphs of the real cuDNN (PyPI's, 1 GB, is not installed: pnpm check:cudnn --install)\n",
  );
}

describe.runIf(isInstalled)('the real cuDNN, for a device that is described to it', () => {
  test('takes the graphs of convolutions as src/libraries counts on', { timeout: 900_000 }, () => {
    const given = [script('check-cudnn.ts')];
    const { status, stderr } = spawnSync(process.execPath, given, { encoding: 'utf8' });
    expect(stderr).toMatch(/check:cudnn: 60 graphs with cuDNN 9.* as counted on/);
    expect(status).toBe(0);
  });
});
