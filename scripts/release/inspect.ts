import type { PackedPackage, PublishedManifest } from './packed.ts';

/**
 * The most that one package may weigh when unpacked, in bytes: the wasm backend, with its four binaries, has 2.3 MB, a package
 * for one platform, with kernels for six kinds of GPU, 9.3 MB, and whatever is larger was packed by mistake.
 */
const mostBytesOf = ({ os }: PublishedManifest): number =>
  os === undefined ? 3_000_000 : 12_000_000;

/** Files that a published package.json names; `*` stands for any part of a path. */
function namedFiles({ main, types, bin = {}, exports = {} }: PublishedManifest): readonly string[] {
  const targets = Object.values(exports).flatMap((target) =>
    typeof target === 'string' ? [target] : Object.values(target),
  );
  return [main, types, ...Object.values(bin), ...targets].filter((file) => file !== undefined);
}

function isThere(named: string, files: readonly string[]): boolean {
  const [before, after] = named.replace('./', '').split('*') as [string, string?];
  return files.some((file) =>
    after === undefined ? file === before : file.startsWith(before) && file.endsWith(after),
  );
}

/** Ranges that mean something in the repository only. */
function unresolvedRanges(manifest: PublishedManifest): readonly string[] {
  const { dependencies, peerDependencies, optionalDependencies } = manifest;
  return Object.entries({ ...dependencies, ...peerDependencies, ...optionalDependencies })
    .filter(([, range]) => /^(?:workspace|catalog|file|link):/.test(range))
    .map(([name, range]) => `${name}@${range}`);
}

/**
 * What must not be published: a package without its build, its licence or what says how to use it, one that runs
 * something at install, one whose dependencies nobody else could install, one that does not say where its sources are.
 *
 * @returns A line for each fault, with the name of the package.
 */
export function problemsOf(packed: PackedPackage, repository: string): readonly string[] {
  const { manifest, files, path, unpackedBytes } = packed;
  const { license, scripts = {}, repository: stated } = manifest;
  const mostBytes = mostBytesOf(manifest);
  const missing = [...namedFiles(manifest), 'LICENSE', 'README.md', 'package.json']
    .filter((file) => !isThere(file, files))
    .map((file) => `has no ${file}, which it should`);
  const surplus = files.filter((file) =>
    /^src\/|^dist\/(?:.*\.test\.|testing\/)|node_modules\//.test(file),
  );
  const rules: readonly (readonly [boolean, string])[] = [
    [license === 'Apache-2.0', `has the licence ${license}, not Apache-2.0`],
    [surplus.length === 0, `has files that are no part of it: ${surplus.slice(0, 3).join(', ')}`],
    [
      unpackedBytes <= mostBytes,
      `weighs ${unpackedBytes} bytes when unpacked, more than ${mostBytes}`,
    ],
    [
      stated?.url === `git+${repository}.git` && stated.directory === path,
      `must name its sources as git+${repository}.git, ${path}; got ${JSON.stringify(stated)}`,
    ],
    ...['preinstall', 'install', 'postinstall'].map(
      (script) => [!(script in scripts), `has a script for ${script}`] as const,
    ),
    ...unresolvedRanges(manifest).map(
      (range) => [false, `depends on ${range}, which no registry has`] as const,
    ),
  ];
  const broken = rules.filter(([holds]) => !holds).map(([, problem]) => problem);
  return [...missing, ...broken].map((problem) => `${manifest.name} ${problem}`);
}
