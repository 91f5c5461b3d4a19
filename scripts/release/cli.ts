/**
 * Publishes every package whose version the registry does not have. From a clean checkout in which changesets has set the
 * versions, it builds, packs and looks into every package, writes a bill of materials for each, publishes, and tags.
 *
 *     pnpm release [--dry-run] [--provenance] [--registry URL] [--tag NAME] [--repository URL] [--out FOLDER]
 */
import { spawnSync } from 'node:child_process';
import { globSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { pnpmOutput, runPnpm } from '../pnpm.ts';
import { publicPackages, report, root } from '../workspace.ts';
import { problemsOf } from './inspect.ts';
import { packAll, packingOptions, publicFilters } from './packed.ts';
import { repositoryAddress } from './repository.ts';

const { values: options } = parseArgs({
  options: {
    /** All but the upload and the tags, from any state of the tree. */
    'dry-run': { type: 'boolean', default: false },
    /** Signs where and from what the packages were built; only a host that npm trusts can. */
    provenance: { type: 'boolean', default: false },
    registry: { type: 'string' },
    /** The dist-tag. */
    tag: { type: 'string', default: 'latest' },
    /** Where the sources stand; else as `repositoryAddress` finds it. */
    repository: { type: 'string' },
    /** Gets the packed packages and the bills of materials. */
    out: { type: 'string', default: join(root, 'release') },
  },
});

/** What must not be released yet. */
function unready(): readonly string[] {
  const pending = globSync('.changeset/*.md', { cwd: root });
  const unversioned = publicPackages().filter(({ json }) => json.version === '0.0.0');
  const changed = spawnSync('git', ['status', '--porcelain'], { cwd: root, encoding: 'utf8' });
  return [
    ...(pending.length > 0
      ? [`${pending.length} changesets are not in the versions yet; run "pnpm version-packages"`]
      : []),
    ...unversioned.map(({ json: { name } }) => `${name} has no version yet`),
    ...(changed.status === 0 && changed.stdout === ''
      ? []
      : [`the checkout is not clean:\n${changed.stdout}${changed.stderr}`]),
  ];
}

/** One file in the CycloneDX format for each package, with all that a user installs with it. */
function writeBillsOfMaterials(folder: string): void {
  const form = ['--sbom-format', 'cyclonedx', '--prod', '--exclude-peers', '--split'];
  pnpmOutput([...publicFilters(), 'sbom', ...form, '--out', join(folder, '%s-%v.cdx.json')], root);
}

/** Packages that the registry has are passed over. */
function publish(): boolean {
  const { registry, tag, provenance, 'dry-run': isDry } = options;
  const recursive = ['-r', ...publicFilters(), ...packingOptions];
  return runPnpm([
    ...recursive,
    'publish',
    '--no-git-checks',
    '--access=public',
    `--tag=${tag}`,
    ...(registry === undefined ? [] : [`--registry=${registry}`]),
    ...(provenance ? ['--provenance'] : []),
    ...(isDry ? ['--dry-run'] : []),
  ]);
}

function release(): readonly string[] {
  const repository = repositoryAddress(options.repository);
  const notYet = options['dry-run'] ? [] : unready();
  if (notYet.length > 0) return notYet;
  if (!runPnpm(['run', 'build'])) return ['the build failed'];
  rmSync(options.out, { recursive: true, force: true });
  const packed = packAll(options.out, repository);
  const problems = packed.flatMap((each) => problemsOf(each, repository));
  if (problems.length > 0) return problems;
  for (const { manifest, files, unpackedBytes } of packed) {
    const size = `${files.length} files, ${(unpackedBytes / 1000).toFixed(0)} kB`;
    console.log(`release: ${manifest.name}@${manifest.version}: ${size}`);
  }
  writeBillsOfMaterials(options.out);
  if (!publish()) return ['publishing failed; what was published stands, and the next run goes on'];
  if (options['dry-run']) return [];
  return runPnpm(['exec', 'changeset', 'git-tag']) ? [] : ['the tags could not be made'];
}

report('release', release());
