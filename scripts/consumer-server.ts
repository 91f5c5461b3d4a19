import type { Consumer } from './consumer.ts';
import { serveFolder, type StaticServer } from '../benchmarks/src/browser/static-server.ts';
import { publicPackages } from './workspace.ts';

/** Optional packages of others that pages import, as one file each. */
const thirdParty = { mediabunny: '/node_modules/mediabunny/dist/bundles/mediabunny.mjs' };

/**
 * Where the browser finds each entry point of the packages: `@convnet/a/b` -> `/node_modules/…/b.js`, and
 * `@convnet/a/files/` -> `/node_modules/…/files/`.
 */
function importMap(): string {
  const imports = publicPackages().flatMap(({ json }) =>
    Object.entries(json.publishConfig?.exports ?? {}).flatMap(([entry, target]) => {
      const file = typeof target === 'string' ? target : target['default'];
      if (file === undefined || !/\.js$|\/\*$/.test(file)) return [];
      const path = `/node_modules/${json.name}/${file.replace('./', '')}`;
      return [
        [json.name + entry.slice(1), path].map((name) => name.replace('*', '')) as [string, string],
      ];
    }),
  );
  return JSON.stringify({ imports: { ...Object.fromEntries(imports), ...thirdParty } });
}

/** A page that loads nothing by itself and resolves the names of the packages. */
function page(): string {
  return `<!doctype html><title>convnet</title><script type="importmap">${importMap()}</script>`;
}

/**
 * Serves the files of a consumer, and an empty page at `/`.
 *
 * @param isolated Whether the page is cross-origin isolated.
 */
export function serveConsumer(consumer: Consumer, isolated: boolean): Promise<StaticServer> {
  return serveFolder(consumer.folder, isolated, page());
}
