import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';

import { addLibrary, bundlePage, libraryFolder, pageScript, servePage } from './serve-page.ts';

test('a page gets one script for browsers, the binaries, other libraries, and the headers of isolation where asked', async () => {
  const folder = await bundlePage();
  const library = await mkdtemp(join(tmpdir(), 'convnet-library-'));
  try {
    await using plain = await servePage(folder, false);
    await using isolated = await servePage(folder, true);
    const page = await (await fetch(new URL(pageScript, plain.url))).text();
    expect(page).toMatch(/export \{[^}]*\binfer\b[^}]*\bopen\b[^}]*\btime\b[^}]*\}/);
    expect(page).not.toMatch(/^import /m);
    const binary = await fetch(new URL('/wasm/relaxed.wasm', isolated.url));
    expect(binary.headers.get('content-type')).toBe('application/wasm');
    expect(binary.headers.get('cross-origin-embedder-policy')).toBe('require-corp');
    const root = await fetch(plain.url);
    expect(await root.text()).toContain('<!doctype html>');
    expect(root.headers.has('cross-origin-opener-policy')).toBe(false);
    expect((await fetch(new URL('/wasm/nothing.wasm', plain.url))).status).toBe(404);
    const files = join(library, 'node_modules', 'peer');
    const other = join(library, 'node_modules', 'other');
    for (const [home, source] of [
      [files, "import { one } from 'other';\nexport const two = one + one;"],
      [other, 'export const one = 1;'],
    ] as const) {
      await mkdir(home, { recursive: true });
      await writeFile(join(home, 'index.mjs'), source);
      await writeFile(join(home, 'package.json'), '{ "type": "module", "main": "index.mjs" }');
    }
    await addLibrary(folder, { name: 'onnxruntime-web', files });
    await addLibrary(folder, { name: '@litertjs/core', files, script: 'index.mjs' });
    const [asItIs, bundled] = await Promise.all(
      (['onnxruntime-web', '@litertjs/core'] as const).map((name) =>
        fetch(new URL(`${libraryFolder(name)}index.mjs`, isolated.url)),
      ),
    );
    // Pages import scripts of no other type.
    expect(asItIs!.headers.get('content-type')).toContain('text/javascript');
    expect(await asItIs!.text()).toContain("from 'other'");
    const script = await bundled!.text();
    expect(script).not.toMatch(/^import /m);
    expect(await import(`data:text/javascript,${encodeURIComponent(script)}`)).toMatchObject({
      two: 2,
    });
  } finally {
    await rm(folder, { recursive: true });
    await rm(library, { recursive: true });
  }
});
