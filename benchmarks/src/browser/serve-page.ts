import { cp, mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';

import { rolldown } from 'rolldown';

const contentTypes: Readonly<Record<string, string>> = {
  '.js': 'text/javascript; charset=utf-8',
  '.wasm': 'application/wasm',
};

/** What cross-origin isolation asks for; without it a page has no shared memory. */
const isolation = {
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-embedder-policy': 'require-corp',
};

/** Where the page finds `page.ts`. */
export const pageScript = '/script/page.js';

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
    await bundle.write({ file: join(folder, pageScript), format: 'esm' });
    await cp(binaries, join(folder, 'wasm'), { recursive: true });
    return folder;
  } catch (error) {
    await rm(folder, { recursive: true });
    throw error;
  }
}

/** A web server on this machine that ends when it is disposed of. */
export interface PageServer extends AsyncDisposable {
  /** `http://127.0.0.1:<port>/`, an empty page. */
  readonly url: string;
}

/** Serves the files of a folder, and an empty page at `/`. */
export async function servePage(folder: string, isolated: boolean): Promise<PageServer> {
  const headers = isolated ? isolation : {};
  const server = createServer((request, response) => {
    const path = normalize(new URL(request.url ?? '/', 'http://localhost').pathname);
    const type = contentTypes[extname(path)] ?? 'text/html; charset=utf-8';
    const body = path === '/' ? Promise.resolve('<!doctype html>') : readFile(join(folder, path));
    body
      .then((text) => response.writeHead(200, { ...headers, 'content-type': type }).end(text))
      .catch(() => response.writeHead(404).end());
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(0, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
