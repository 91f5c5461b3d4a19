import { rm } from 'node:fs/promises';
import { expect, test } from 'vitest';

import { bundlePage, pageScript, servePage } from './serve-page.ts';

test('a page gets one script for browsers, the binaries, and the headers of isolation where asked', async () => {
  const folder = await bundlePage();
  try {
    await using plain = await servePage(folder, false);
    await using isolated = await servePage(folder, true);
    const script = await (await fetch(new URL(pageScript, plain.url))).text();
    expect(script).toMatch(/export \{[^}]*\bopen\b[^}]*\btime\b[^}]*\}/);
    expect(script).not.toMatch(/^import /m);
    const binary = await fetch(new URL('/wasm/relaxed.wasm', isolated.url));
    expect(binary.headers.get('content-type')).toBe('application/wasm');
    expect(binary.headers.get('cross-origin-embedder-policy')).toBe('require-corp');
    const page = await fetch(plain.url);
    expect(await page.text()).toContain('<!doctype html>');
    expect(page.headers.has('cross-origin-opener-policy')).toBe(false);
    expect((await fetch(new URL('/wasm/nothing.wasm', plain.url))).status).toBe(404);
  } finally {
    await rm(folder, { recursive: true });
  }
});
