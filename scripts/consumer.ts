import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pnpmOutput } from './pnpm.ts';
import { publicPackages, root, type WorkspacePackage } from './workspace.ts';

/** A project outside the repository that has the packages installed as a user would have them. */
export interface Consumer extends Disposable {
  /** The folder that holds `node_modules`. */
  readonly folder: string;
  /** The packed file of a package, by its name. */
  tarball(name: string): string;
}

/** What `pnpm pack` calls the file. */
function tarballName({ json }: WorkspacePackage): string {
  return `${json.name.replace('@', '').replace('/', '-')}-${json.version}.tgz`;
}

/** Third-party dependencies come from the folder where pnpm put them; nothing is fetched. */
function linkThirdParty(found: WorkspacePackage, modules: string): void {
  const names = Object.keys({ ...found.json.dependencies, ...found.json.peerDependencies });
  for (const name of names.filter((each) => !each.startsWith('@convnet/'))) {
    const source = join(found.folder, 'node_modules', name);
    const link = join(modules, name);
    if (!existsSync(source) || existsSync(link)) continue;
    mkdirSync(join(link, '..'), { recursive: true });
    symlinkSync(source, link, 'dir');
  }
}

/**
 * Packs all public packages, which must be built, and unpacks them into the `node_modules` of a new
 * folder under the system's temporary one. Disposing of the result removes that folder.
 */
export function createConsumer(): Consumer {
  const packages = publicPackages();
  const missing = packages.filter(({ folder }) => !existsSync(join(folder, 'dist')));
  if (missing.length > 0) {
    throw new Error(`not built: ${missing.map(({ path }) => path).join(', ')}; run "pnpm build"`);
  }
  const folder = mkdtempSync(join(tmpdir(), 'convnet-consumer-'));
  using cleanUp = new DisposableStack();
  cleanUp.defer(() => rmSync(folder, { recursive: true, force: true }));
  const tarballs = join(folder, 'tarballs');
  const modules = join(folder, 'node_modules');
  mkdirSync(tarballs);
  const filters = packages.flatMap(({ json }) => ['--filter', json.name]);
  // They are built: without their `prepack`, which would ask for that 21 times.
  const built = '--config.ignore-scripts=true';
  pnpmOutput(['-r', ...filters, built, 'pack', '--pack-destination', tarballs], root);
  for (const found of packages) {
    const target = join(modules, found.json.name);
    mkdirSync(target, { recursive: true });
    const file = join(tarballs, tarballName(found));
    execFileSync('tar', ['-xzf', file, '-C', target, '--strip-components=1']);
    linkThirdParty(found, modules);
  }
  writeFileSync(
    join(folder, 'package.json'),
    `${JSON.stringify({ name: 'consumer', private: true, type: 'module' }, null, 2)}\n`,
  );
  const files = new Map(packages.map((found) => [found.json.name, tarballName(found)]));
  const owned = cleanUp.move();
  return {
    folder,
    tarball: (name) => join(tarballs, files.get(name) ?? `no package ${name}`),
    [Symbol.dispose]: () => owned.dispose(),
  };
}
