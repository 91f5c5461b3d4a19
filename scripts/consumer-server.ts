import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, normalize } from 'node:path';
import type { Consumer } from './consumer.ts';
import { publicPackages } from './workspace.ts';

const contentTypes: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.wasm': 'application/wasm',
};

/** What cross-origin isolation asks for; without it a page has no shared memory. */
const isolation = {
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-embedder-policy': 'require-corp',
  'cross-origin-resource-policy': 'same-origin',
};

/** Where the browser finds each entry point of the packages: `@convnet/a/b` -> `/node_modules/…/b.js`. */
function importMap(): string {
  const imports = publicPackages().flatMap(({ json }) =>
    Object.entries(json.publishConfig?.exports ?? {}).flatMap(([entry, target]) => {
      const file = typeof target === 'string' ? target : target['default'];
      if (file === undefined || !file.endsWith('.js')) return [];
      const path = `/node_modules/${json.name}/${file.replace('./', '')}`;
      return [[json.name + entry.slice(1), path] as const];
    }),
  );
  return JSON.stringify({ imports: Object.fromEntries(imports) });
}

/** A page that loads nothing by itself and resolves the names of the packages. */
function page(): string {
  return `<!doctype html><title>convnet</title><script type="importmap">${importMap()}</script>`;
}

/** A web server on this machine that ends when it is disposed of. */
export interface ConsumerServer extends AsyncDisposable {
  /** `http://127.0.0.1:<port>/` */
  readonly url: string;
}

/**
 * Serves the files of a consumer, and an empty page at `/`.
 *
 * @param isolated Whether the page is cross-origin isolated.
 */
export async function serveConsumer(
  consumer: Consumer,
  isolated: boolean,
): Promise<ConsumerServer> {
  const headers = isolated ? isolation : {};
  const server = createServer((request, response) => {
    const path = normalize(new URL(request.url ?? '/', 'http://localhost').pathname);
    const file = path === '/' ? page() : readFile(join(consumer.folder, path));
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
