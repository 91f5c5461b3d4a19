import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';

import { addLibrary, bundlePage, libraryFolder, pageScript, servePage } from './serve-page.ts';

test('a page gets one script for browsers, the binaries, and the headers of isolation where asked', async () => {
  const folder = await bundlePage();
  try {
    await using plain = await servePage(folder, false);
    await using isolated = await servePage(folder, true);
    const script = await (await fetch(new URL(pageScript, plain.url))).text();
    expect(script).toMatch(/export \{[^}]*\binfer\b[^}]*\bopen\b[^}]*\btime\b[^}]*\}/);
    expect(script).not.toMatch(/^import /m);
    const binary = await fetch(new URL('/wasm/relaxed.wasm', isolated.url));
    expect(binary.headers.get('content-type')).toBe('application/wasm');
    expect(binary.headers.get('cross-origin-embedder-policy')).toBe('require-corp');
    const page = await fetch(plain.url);
    expect(await page.text()).toContain('<!doctype html>');
    expect(page.headers.has('cross-origin-opener-policy')).toBe(false);
    expect((await fetch(new URL('/wasm/nothing.wasm', plain.url))).status).toBe(404);
    const library = await mkdtemp(join(tmpdir(), 'convnet-library-'));
    await writeFile(join(library, 'library.mjs'), 'export const one = 1;');
    await addLibrary(folder, library);
    await rm(library, { recursive: true });
    const module = await fetch(new URL(`${libraryFolder}library.mjs`, isolated.url));
    // Pages import scripts of no other type.
    expect(module.headers.get('content-type')).toContain('text/javascript');
  } finally {
    await rm(folder, { recursive: true });
  }
});
