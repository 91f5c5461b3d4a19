import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A folder that is gone, with all in it, when it is disposed of. */
export class TemporaryFolder {
  readonly path: string = mkdtempSync(join(tmpdir(), 'convnet-weights-'));

  file(name: string): string {
    return join(this.path, name);
  }

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}
