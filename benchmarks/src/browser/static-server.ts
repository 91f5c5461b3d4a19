import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, normalize } from 'node:path';

const contentTypes: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
  '.wasm': 'application/wasm',
};

/** What cross-origin isolation asks for; without it a page has no shared memory. */
export const isolation: Readonly<Record<string, string>> = {
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-embedder-policy': 'require-corp',
  'cross-origin-resource-policy': 'same-origin',
};

/** A web server on this machine that ends when it is disposed of. */
export interface StaticServer extends AsyncDisposable {
  /** `http://127.0.0.1:<port>/` */
  readonly url: string;
}

/**
 * Serves the files of a folder.
 *
 * @param isolated Whether its pages are cross-origin isolated.
 * @param page What lies at `/`; default: `index.html`.
 */
export async function serveFolder(
  folder: string,
  isolated: boolean,
  page?: string,
): Promise<StaticServer> {
  const headers = isolated ? isolation : {};
  const server = createServer((request, response) => {
    const asked = normalize(new URL(request.url ?? '/', 'http://localhost').pathname);
    const path = asked === '/' ? '/index.html' : asked;
    const file = asked === '/' && page !== undefined ? page : readFile(join(folder, path));
    const type = contentTypes[extname(path) || '.html'] ?? 'application/octet-stream';
    Promise.resolve(file)
      .then((body) => response.writeHead(200, { ...headers, 'content-type': type }).end(body))
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
