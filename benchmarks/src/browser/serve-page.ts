import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { rolldown } from 'rolldown';

import { serveFolder, type StaticServer } from './static-server.ts';

/** Where the page finds `page.ts`. */
export const pageScript = '/script/page.js';

/** Where the page finds another library. */
export const libraryFolder = '/library/';

/** The kernels and their binaries lie beside their package. */
const binaries = fileURLToPath(new URL('../wasm', import.meta.resolve('@convnet/backend-wasm')));

/** A folder with `page.ts` as one script, and the binaries where it looks for them. */
export async function bundlePage(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'convnet-page-'));
  try {
    await using bundle = await rolldown({
      input: join(import.meta.dirname, 'page.ts'),
      platform: 'browser',
      transform: { target: 'es2022' },
    });
    await bundle.write({ file: join(folder, pageScript), codeSplitting: false, format: 'esm' });
    await cp(binaries, join(folder, 'wasm'), { recursive: true });
    return folder;
  } catch (error) {
    await rm(folder, { recursive: true });
    throw error;
  }
}

/** Puts the files of another library where the page finds them. */
export function addLibrary(folder: string, files: string): Promise<void> {
  return cp(files, join(folder, libraryFolder), { recursive: true });
}

/** Serves the files of a folder, and an empty page at `/`. */
export function servePage(folder: string, isolated: boolean): Promise<StaticServer> {
  return serveFolder(folder, isolated, '<!doctype html>');
}
