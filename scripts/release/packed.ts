import { execFileSync } from 'node:child_process';
import { mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { pnpmOutput } from '../pnpm.ts';
import { publicPackages, root } from '../workspace.ts';

/** The fields of a published package.json that a release looks at. */
export interface PublishedManifest {
  readonly name: string;
  readonly version: string;
  readonly license?: string;
  readonly main?: string;
  readonly types?: string;
  readonly bin?: Readonly<Record<string, string>>;
  /** Systems that it is for; absent: all. */
  readonly os?: readonly string[];
  readonly exports?: Readonly<Record<string, string | Readonly<Record<string, string>>>>;
  readonly scripts?: Readonly<Record<string, string>>;
  readonly repository?: {
    readonly type?: string;
    readonly url?: string;
    readonly directory?: string;
  };
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

/** A packed package, as the registry would get it. */
export interface PackedPackage {
  /** The `.tgz`. */
  readonly file: string;
  /** Folder of its sources, relative to the root. */
  readonly path: string;
  readonly manifest: PublishedManifest;
  /** What is in it, without the leading `package/`. */
  readonly files: readonly string[];
  /** Bytes of its files when unpacked. */
  readonly unpackedBytes: number;
}

/** Parameters of pnpm that restrict a recursive command to what is published. */
export function publicFilters(): readonly string[] {
  return publicPackages().flatMap(({ json }) => ['--filter', json.name]);
}

/** Parameters of pnpm for packing what is already built, with the address of the sources. */
export const packingOptions: readonly string[] = [
  '--config.ignore-scripts=true',
  `--config.pnpmfile=${join(import.meta.dirname, 'pnpmfile.mjs')}`,
];

function read(file: string, path: string): PackedPackage {
  const listing = execFileSync('tar', ['-tvzf', file], { encoding: 'utf8' }).trim().split('\n');
  // Permissions, owner, size, date, time and name.
  const entries = listing.map((line) =>
    /^\S+\s+\S+\s+(\d+)\s+\S+\s+\S+\s+package\/(.*)$/.exec(line),
  );
  const known = entries.filter((entry) => entry !== null);
  if (known.length !== listing.length) throw new Error(`${file}: tar prints lines of another form`);
  const manifest = execFileSync('tar', ['-xOzf', file, 'package/package.json'], {
    encoding: 'utf8',
  });
  return {
    file,
    path,
    manifest: JSON.parse(manifest) as PublishedManifest,
    files: known.map(([, , name]) => name!),
    unpackedBytes: known.reduce((sum, [, size]) => sum + Number(size), 0),
  };
}

/**
 * Packs all public packages, which must be built, into a folder.
 *
 * @param repository See `repositoryAddress`.
 */
export function packAll(destination: string, repository: string): readonly PackedPackage[] {
  mkdirSync(destination, { recursive: true });
  process.env['CONVNET_REPOSITORY'] = repository;
  pnpmOutput(
    ['-r', ...publicFilters(), ...packingOptions, 'pack', '--pack-destination', destination],
    root,
  );
  return publicPackages().map(({ json: { name, version }, path }) => {
    const file = join(destination, `${name.replace('@', '').replace('/', '-')}-${version}.tgz`);
    if (statSync(file, { throwIfNoEntry: false }) === undefined) {
      throw new Error(`pnpm packed no ${file}`);
    }
    return read(file, path);
  });
}
