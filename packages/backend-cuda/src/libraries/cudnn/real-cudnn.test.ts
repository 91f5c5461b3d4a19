import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const folder = fileURLToPath(new URL('../../..', import.meta.url));
const { CUDA_LIBRARIES: libraries, CONVNET_CUDNN_DEVICE: device } = process.env;
const missing =
  libraries === undefined || !existsSync(join(libraries, 'cudnn/lib/libcudnn.so.9'))
    ? "CUDA_LIBRARIES does not name the folder of PyPI's cuDNN"
    : device === undefined
      ? 'CONVNET_CUDNN_DEVICE does not name the description of a device'
      : null;
// One line, by name: this needs what this machine does not have.
if (missing !== null) process.stderr.write(`not run: graphs of the real cuDNN (${missing})\n`);

/** A line of scripts/check-cudnn.ts. */
interface Row {
  readonly shape: string;
  readonly tf32: boolean;
  readonly graph: string;
  readonly workspaces: readonly number[];
  readonly error?: string;
}

describe.runIf(missing === null)('the real cuDNN, for a device that is described to it', () => {
  test(
    'makes plans for the graphs of convolutions, with and without TF32',
    { timeout: 600_000 },
    () => {
      const script = join(folder, 'scripts/check-cudnn.ts');
      const text = execFileSync(process.execPath, [script], { encoding: 'utf8', stdio: 'pipe' });
      const rows = text
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as Row);
      expect(rows.filter(({ error }) => error !== undefined)).toEqual([]);
      // Depthwise convolutions have kernels of their own, and are asked for to see what there is.
      const needed = rows.filter(({ shape }) => !shape.includes('depthwise'));
      expect(needed.length).toBe(48);
      // In rank 3 no engine adds a residual in ieee float32: own kernels do it.
      const [without, taken] = [0, 1].map((least) =>
        needed.filter(({ workspaces }) => workspaces.length > 0 === (least === 1)),
      );
      expect(without!.every((row) => row.shape.startsWith('3D') && !row.tf32)).toBe(true);
      expect(without!.every((row) => row.graph.includes('residual'))).toBe(true);
      // Channels last, some engine of each needs next to no scratch.
      const limit = 2 ** 21;
      expect(taken!.filter(({ workspaces }) => Math.min(...workspaces) > limit)).toEqual([]);
    },
  );
});
