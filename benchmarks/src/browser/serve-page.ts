import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { rolldown } from 'rolldown';

import type { PagePackage } from '../peers/page-package.ts';
import type { PageLibraryName } from './page-session.ts';
import { serveFolder, type StaticServer } from './static-server.ts';

/** Where the page finds `page.ts`. */
export const pageScript = '/script/page.js';

/** Where the page finds the files of a package. */
export const libraryFolder = (name: PageLibraryName): string => `/library/${name}/`;

/** The kernels and their binaries lie beside their package. */
const binaries = fileURLToPath(new URL('../wasm', import.meta.resolve('@convnet/backend-wasm')));

/**
 * A folder with a script for pages, all in one file, and our binaries where it looks for them.
 * @param entry default: `page.ts`.
 */
export async function bundlePage(
  entry: string = join(import.meta.dirname, 'page.ts'),
): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'convnet-page-'));
  try {
    await bundle(entry, join(folder, pageScript));
    await cp(binaries, join(folder, 'wasm'), { recursive: true });
    return folder;
  } catch (error) {
    await rm(folder, { recursive: true });
    throw error;
  }
}

/** Puts the files of a package where the page finds them. */
export async function addLibrary(
  folder: string,
  { name, files, script }: Pick<PagePackage, 'name' | 'files' | 'script'>,
): Promise<void> {
  const place = join(folder, libraryFolder(name));
  await cp(files, place, { recursive: true });
  if (script !== undefined) await bundle(join(files, script), join(place, script));
}

/** Writes a script and what it imports as one. */
async function bundle(input: string, file: string): Promise<void> {
  await using bundled = await rolldown({
    input,
    platform: 'browser',
    transform: { target: 'es2022' },
  });
  await bundled.write({ file, codeSplitting: false, format: 'esm' });
}

/** Serves the files of a folder, and an empty page at `/`. */
export function servePage(folder: string, isolated: boolean): Promise<StaticServer> {
  return serveFolder(folder, isolated, '<!doctype html>');
}
