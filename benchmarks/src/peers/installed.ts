import { execFile } from 'node:child_process';
import { access, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Where the packages of peers lie: beside the benchmarks, not among their dependencies. */
const folder = join(import.meta.dirname, '..', '..', '.peers');

/**
 * Installs a package of a peer where it is not there yet, without running its install scripts.
 * @returns the folder to resolve it from.
 * @throws Error of npm, where the package can't be had.
 */
export async function installed(name: string, version: string): Promise<string> {
  const home = join(folder, `${name}-${version}`);
  try {
    await access(join(home, 'node_modules', name, 'package.json'));
    return home;
  } catch {
    await mkdir(home, { recursive: true });
    await writeFile(join(home, 'package.json'), '{ "private": true }\n');
    await run(
      'npm',
      ['install', '--ignore-scripts', '--no-audit', '--no-fund', `${name}@${version}`],
      {
        cwd: home,
        shell: process.platform === 'win32',
      },
    );
    return home;
  }
}
