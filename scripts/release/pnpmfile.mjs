/**
 * Read by pnpm while a release is packed (`--config.pnpmfile`): writes into each published package.json where its
 * sources stand. The files of the repository do not say so themselves, because a copy of it releases from elsewhere.
 */
import { dirname, relative } from 'node:path';

const root = dirname(dirname(import.meta.dirname));

/**
 * @param {Record<string, unknown>} manifest What is about to be packed.
 * @param {string} folder Of the package.
 */
function beforePacking(manifest, folder) {
  const address = process.env['CONVNET_REPOSITORY'];
  if (address === undefined)
    throw new Error('CONVNET_REPOSITORY is not set: pack with "pnpm release"');
  const directory = relative(root, folder).replaceAll('\\', '/');
  return {
    ...manifest,
    homepage: `${address}/tree/HEAD/${directory}#readme`,
    bugs: `${address}/issues`,
    repository: { type: 'git', url: `git+${address}.git`, directory },
  };
}

export const hooks = { beforePacking };
