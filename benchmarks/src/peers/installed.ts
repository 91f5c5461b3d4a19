import { execFile } from 'node:child_process';
import { access, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Where the packages of peers lie: beside the benchmarks, not among their dependencies. */
const folder = join(import.meta.dirname, '..', '..', '.peers');

const homeOf = (names: readonly string[], version: string): string =>
  join(folder, `${names.at(-1)!.replaceAll('/', '-')}-${version}`);

/** The folder to resolve packages of a peer from, or null where they are not installed. */
export async function alreadyInstalled(
  names: readonly string[],
  version: string,
): Promise<string | null> {
  const home = homeOf(names, version);
  try {
    for (const name of names) await access(join(home, 'node_modules', name, 'package.json'));
    return home;
  } catch {
    return null;
  }
}

/**
 * Installs packages of a peer, all of one release, where they are not there yet, without running their install scripts.
 * @returns the folder to resolve them from.
 * @throws Error of npm, where a package can't be had.
 */
export async function installed(names: readonly string[], version: string): Promise<string> {
  const known = await alreadyInstalled(names, version);
  if (known !== null) return known;
  const home = homeOf(names, version);
  await mkdir(home, { recursive: true });
  await writeFile(join(home, 'package.json'), '{ "private": true }\n');
  await run(
    'npm',
    [
      'install',
      '--ignore-scripts',
      '--no-audit',
      '--no-fund',
      ...names.map((name) => `${name}@${version}`),
    ],
    { cwd: home, shell: process.platform === 'win32' },
  );
  return home;
}
