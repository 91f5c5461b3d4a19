/**
 * Checks what would be published: the fields of every package.json, and the packed files of every public
 * package with publint and Are the types wrong? (ESM only). Needs a build.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import {
  checkPackage,
  createPackageFromTarballData,
  type ResolutionKind,
} from '@arethetypeswrong/core';
import { problemKindInfo } from '@arethetypeswrong/core/problems';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { createConsumer, type Consumer } from './consumer.ts';
import { pnpmOutput } from './pnpm.ts';
import {
  publicPackages,
  report,
  root,
  type PackageJson,
  type WorkspacePackage,
} from './workspace.ts';

/** `./src/a/b.ts` is published as `./dist/a/b.js` with its types beside it. */
function publishedExports(
  exports: Readonly<Record<string, string>>,
): PackageJson['exports'] & object {
  const entries = Object.entries(exports).map(([name, source]): [string, unknown] => {
    if (!source.endsWith('.ts')) return [name, source];
    const built = source.replace('./src/', './dist/').replace(/\.ts$/, '');
    return [name, { types: `${built}.d.ts`, default: `${built}.js` }];
  });
  return Object.fromEntries([...entries, ['./package.json', './package.json']]) as Record<
    string,
    string
  >;
}

/** Fields of a package.json that mean something here; another one is a slip, such as a dependency a level too high. */
const knownFields: ReadonlySet<string> = new Set(
  (
    'name version description keywords license type sideEffects files bin exports publishConfig scripts ' +
    'dependencies devDependencies peerDependencies peerDependenciesMeta optionalDependencies engines os cpu libc'
  ).split(' '),
);

function checkFields({ json, folder }: WorkspacePackage): readonly string[] {
  const { exports = {}, publishConfig = {}, files = [], scripts = {} } = json;
  const rules: readonly (readonly [boolean, string])[] = [
    [/^@convnet\/[a-z0-9-]+$/.test(json.name), 'name must be @convnet/<name>'],
    [/^\d+\.\d+\.\d+/.test(json.version), 'version must be a semantic version'],
    [(json.description ?? '').length >= 20, 'description must say what the package is for'],
    [(json.keywords ?? []).length > 0, 'keywords must help to find the package'],
    [json.license === 'Apache-2.0', 'license must be Apache-2.0'],
    [json.type === 'module', 'type must be module'],
    [json.sideEffects === false, 'sideEffects must be false'],
    [json.engines?.['node'] === '>=20', 'engines.node must be >=20'],
    [files.includes('dist'), 'files must include dist'],
    [publishConfig.access === 'public', 'publishConfig.access must be public'],
    [
      JSON.stringify(publishConfig.exports) === JSON.stringify(publishedExports(exports)),
      `publishConfig.exports must be ${JSON.stringify(publishedExports(exports))}`,
    ],
    [
      scripts['prepack'] === `node ${relative(folder, root)}/scripts/prepack.ts`,
      'prepack must run scripts/prepack.ts, or the package could be published without its build',
    ],
    ...Object.keys(json)
      .filter((field) => !knownFields.has(field))
      .map((field) => [false, `${field} is no field of a package.json here`] as const),
    // For those who do not read `exports`, such as Parcel.
    [publishConfig.main === './dist/index.js', 'publishConfig.main must be ./dist/index.js'],
    [publishConfig.types === './dist/index.d.ts', 'publishConfig.types must be ./dist/index.d.ts'],
    ...['preinstall', 'install', 'postinstall', 'prepare'].map(
      (script) => [!(script in scripts), `there must be no ${script} script`] as const,
    ),
    ...Object.values(exports).map((file) => {
      const found = globSync(file, { cwd: folder }).length > 0;
      return [found, `exports names ${file}, which is not there`] as const;
    }),
  ];
  return rules.filter(([holds]) => !holds).map(([, problem]) => problem);
}

/** A package that was never released must stand in a changeset, or it would be published as 0.0.0. */
function checkChangeset({ json }: WorkspacePackage): readonly string[] {
  if (json.version !== '0.0.0') return [];
  const changesets = globSync('.changeset/*.md', { cwd: root }).map((file) =>
    readFileSync(join(root, file), 'utf8'),
  );
  const named = changesets.some((text) => text.includes(`'${json.name}':`));
  return named ? [] : ['no changeset names it; run "pnpm changeset"'];
}

/** What `target` of tsdown.config.ts lets through and the oldest browsers that the packages are built for lack. */
function checkSyntax({ folder }: WorkspacePackage): readonly string[] {
  return globSync('dist/**/*.js', { cwd: folder })
    .filter((file) => /\bstatic\s*\{/.test(readFileSync(join(folder, file), 'utf8')))
    .map((file) => `${file} has a static block, which Chrome 91 and Firefox 90 lack`);
}

/** Runs publint on the packed file. */
async function checkWithPublint(file: string): Promise<readonly string[]> {
  const bytes = new Uint8Array(readFileSync(file));
  const { messages, pkg } = await publint({ pack: { tarball: bytes.buffer }, strict: true });
  return messages
    .filter(({ type }) => type !== 'suggestion')
    .map((message) => `publint: ${formatMessage(message, pkg, { color: false })}`);
}

/** How CommonJS, and what reads no `exports`, would find the types: the packages are ES modules. */
const otherResolutions: ReadonlySet<string> = new Set<ResolutionKind>(['node10', 'node16-cjs']);

/** Runs Are the types wrong? on the packed file; it resolves every entry point as Node and bundlers do. */
async function checkTypes(file: string): Promise<readonly string[]> {
  const result = await checkPackage(createPackageFromTarballData(readFileSync(file)));
  if (result.types === false) return ['it has no types'];
  return result.problems
    .filter((found) => !('resolutionKind' in found && otherResolutions.has(found.resolutionKind)))
    .map((found) => `${problemKindInfo[found.kind].title}: ${JSON.stringify(found)}`);
}

/** Packs a package whose build is missing, as after a fresh checkout: with pnpm it is built, npm is refused. */
function checkPacking({ json: { name }, folder }: WorkspacePackage): readonly string[] {
  const destination = mkdtempSync(join(tmpdir(), 'convnet-pack-'));
  using cleanUp = new DisposableStack();
  cleanUp.defer(() => rmSync(destination, { recursive: true, force: true }));
  rmSync(join(folder, 'dist'), { recursive: true });
  pnpmOutput(['--filter', name, 'pack', '--out', join(destination, 'packed.tgz')], root);
  const packed = execFileSync('tar', ['-tzf', join(destination, 'packed.tgz')], {
    encoding: 'utf8',
  });
  const { status, stderr } = spawnSync('npm', ['pack', '--dry-run'], {
    cwd: folder,
    encoding: 'utf8',
    env: { ...process.env, npm_config_user_agent: 'npm' },
  });
  return [
    ...(packed.includes('package/dist/index.js') ? [] : [`${name}: packed without its build`]),
    ...(status !== 0 && stderr.includes('packed and published with pnpm')
      ? []
      : [`${name}: npm pack must be refused with a reason, got exit code ${status}:\n${stderr}`]),
  ];
}

async function problemsOf(found: WorkspacePackage, consumer: Consumer): Promise<readonly string[]> {
  const file = consumer.tarball(found.json.name);
  const problems = [
    ...checkFields(found),
    ...checkChangeset(found),
    ...checkSyntax(found),
    ...(await checkWithPublint(file)),
    ...(await checkTypes(file)),
  ];
  return problems.map((problem) => `${found.json.name}: ${problem}`);
}

using consumer = createConsumer();
const problems = await Promise.all(publicPackages().map((found) => problemsOf(found, consumer)));
report('packages', [...problems.flat(), ...checkPacking(publicPackages().at(-1)!)]);
