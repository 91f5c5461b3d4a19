import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A folder under the system's temporary one that goes when it is disposed of. */
export interface NpmWorkspace extends Disposable {
  readonly folder: string;
}

/**
 * Installs the tools of a folder of `scripts`, at the versions of its lock file, into the `node_modules` of a new
 * folder. They are no part of the repository's own install.
 */
export function installTools(name: string): NpmWorkspace {
  const folder = mkdtempSync(join(tmpdir(), `convnet-${name}-`));
  using cleanUp = new DisposableStack();
  cleanUp.defer(() => rmSync(folder, { recursive: true, force: true }));
  for (const file of ['package.json', 'package-lock.json']) {
    copyFileSync(join(import.meta.dirname, name, file), join(folder, file));
  }
  const flags = ['--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline', '--silent'];
  execFileSync('npm', ['ci', ...flags], { cwd: folder, stdio: 'inherit' });
  const owned = cleanUp.move();
  return { folder, [Symbol.dispose]: () => owned.dispose() };
}
