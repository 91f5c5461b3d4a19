/**
 * Publishes every package whose version the registry does not have. From a clean checkout in which changesets has set the
 * versions, it builds, packs and looks into every package, writes a bill of materials for each, publishes, and tags.
 *
 *     pnpm release [--dry-run] [--provenance] [--registry URL] [--tag NAME] [--repository URL] [--out FOLDER]
 */
import { spawnSync } from 'node:child_process';
import { globSync, rmSync } from 'node:fs';
import { join } from 'node:path';

import { pnpmOutput, runPnpm } from '../pnpm.ts';
import { publicPackages, report, root } from '../workspace.ts';
import { problemsOf } from './inspect.ts';
import { packAll, packingOptions, publicFilters } from './packed.ts';
import { repositoryAddress, RepositoryUnknownError } from './repository.ts';
import { standAloneCommand } from '../../benchmarks/src/stand-alone-command.ts';

interface Options {
  readonly dryRun: boolean;
  readonly provenance: boolean;
  readonly registry?: string;
  readonly tag: string;
  readonly repository?: string;
  readonly out: string;
}

const options = standAloneCommand('pnpm release')
  .description('Builds, checks, packs and uploads all packages, and tags what was released.')
  .option('--dry-run', 'all but the upload and the tags, from any state of the tree', false)
  .option('--provenance', 'signs where and from what the packages were built', false)
  .option('--registry <url>', 'where to; default: that of npm’s configuration')
  .option('--tag <name>', 'the dist-tag', 'latest')
  .option('--repository <url>', 'where the sources stand; default: the remote of git')
  .option(
    '--out <folder>',
    'gets the packed packages and the bills of materials',
    join(root, 'release'),
  )
  .parse()
  .opts<Options>();

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
  const { registry, tag, provenance, dryRun: isDry } = options;
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
  const notYet = options.dryRun ? [] : unready();
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
  if (options.dryRun) return [];
  return runPnpm(['exec', 'changeset', 'git-tag']) ? [] : ['the tags could not be made'];
}

/** Of an error of this program its text is all that is needed. */
function problemsOfRelease(): readonly string[] {
  try {
    return release();
  } catch (error) {
    if (error instanceof RepositoryUnknownError) return [error.message];
    throw error;
  }
}

report('release', problemsOfRelease());
