import assert from 'node:assert/strict';
import { copyFileSync, globSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Browser } from 'playwright-core';
import { serveFolder } from '../../benchmarks/src/browser/static-server.ts';
import { launchChromium, longest } from '../chromium.ts';
import { inferenceFlag } from '../inference/guards.ts';
import { bytesOf, installedManifest, type Customer } from './customer.ts';
import type { PublishedManifest } from './packed.ts';

/** What a journey has to do with. */
export interface World {
  readonly registry: string;
  /** Where the published packages must say that their sources are. */
  readonly repository: string;
  readonly customer: Customer;
  readonly author: Customer;
  /** Folder of the checkout that releases are made from. */
  readonly checkout: string;
  /** Publishes a change, which a changeset describes. */
  release(changeset: string): void;
}

const scripts = join(import.meta.dirname, '../smoke');

/** Most seconds from an empty folder to a trained network, on two cores. */
const quickStartSeconds = 60;
/** Most bytes of one family, one backend and what they need. */
const leanBytes = 4e6;

/** Two commands and a file of 20 lines: from nothing to a network that tells slow waves from fast ones. */
function quickStart({ customer }: World): void {
  const folder = customer.folder('quick-start');
  const file = 'quick-start.mjs';
  copyFileSync(join(scripts, file), join(folder, file));
  assert.ok(readFileSync(join(folder, file), 'utf8').trimEnd().split('\n').length <= 20);
  const started = performance.now();
  const names = ['lenet', 'backend-wasm', 'data', 'optim', 'train'];
  customer.run(folder, 'npm', 'install', ...names.map((name) => `@convnet/${name}`));
  const printed = customer.run(folder, 'node', file);
  const seconds = (performance.now() - started) / 1000;
  console.log(
    `publish: quick start: ${seconds.toFixed(1)} s of ${quickStartSeconds}: ${printed.trim()}`,
  );
  assert.match(printed, /^1 Int32Array\(4\) \[ 0, 1, 0, 1 \]/);
  assert.ok(seconds < quickStartSeconds, `took ${seconds} s`);
}

/** One family and one backend, in the ranks that it has. */
function trainInBothRanks({ customer }: World): void {
  const folder = customer.folder('both-ranks');
  const names = ['lenet', 'backend-wasm', 'data', 'optim', 'train'];
  customer.run(folder, 'npm', 'install', ...names.map((name) => `@convnet/${name}`));
  copyFileSync(join(scripts, 'learn-bars.js'), join(folder, 'learn-bars.mjs'));
  writeFileSync(
    join(folder, 'both.mjs'),
    `import { wasm } from '@convnet/backend-wasm';
import { learnBars } from './learn-bars.mjs';
const device = await wasm({ threads: 2 });
for (const dims of [1, 2]) console.log(await learnBars(device, dims));
device.dispose();
`,
  );
  const printed = customer.run(folder, 'node', 'both.mjs');
  assert.match(printed, /^1D on wasm.*\n2D on wasm/);
}

/** What npm put into a folder, by name. */
function installedPackages(folder: string): readonly PublishedManifest[] {
  return globSync('node_modules/{*,@*/*}/package.json', { cwd: folder }).map(
    (file) => JSON.parse(readFileSync(join(folder, file), 'utf8')) as PublishedManifest,
  );
}

/** A family and a backend bring no more than they need: few bytes, no scripts, nobody else's code. */
function leanInstall({ customer, repository }: World): void {
  const folder = customer.folder('lean');
  customer.run(folder, 'npm', 'install', '@convnet/resnet', '@convnet/backend-wasm');
  const bytes = bytesOf(join(folder, 'node_modules'));
  const installed = installedPackages(folder);
  console.log(
    `publish: lean install: ${(bytes / 1e6).toFixed(2)} MB in ${installed.length} packages`,
  );
  assert.deepEqual(installed.map(({ name }) => name).toSorted(), [
    '@convnet/backend-wasm',
    '@convnet/layers',
    '@convnet/resnet',
    '@convnet/tensor-core',
  ]);
  assert.ok(bytes <= leanBytes, `${bytes} bytes, more than ${leanBytes}`);
  for (const { name, license, scripts: own = {}, repository: sources } of installed) {
    assert.equal(license, 'Apache-2.0', name);
    assert.equal(sources?.url, `git+${repository}.git`, name);
    for (const script of ['preinstall', 'install', 'postinstall'])
      assert.ok(!(script in own), name);
  }
}

/** What is built, with which configuration of Vite, and the most bytes of JavaScript that it may come to, compressed. */
const applications = [
  // See docs/decisions/0033-what-an-application-loads.md for what weighs what.
  { name: 'infer', config: {}, mostBytes: 50_100 },
  { name: 'infer', config: { define: { [inferenceFlag]: true } }, mostBytes: 40_000 },
  { name: 'train', config: {}, mostBytes: 55_500 },
] as const;

/** What a page that was built writes into its body. */
async function shownBy(folder: string, browser: Browser): Promise<string> {
  await using server = await serveFolder(folder, false);
  const page = await browser.newPage();
  const failed = new Promise<never>((_, reject) => page.once('pageerror', reject));
  await page.goto(server.url);
  const text = (): string => globalThis.document.body.textContent.trim();
  await Promise.race([page.waitForFunction(text, undefined, { timeout: longest }), failed]);
  return page.evaluate(text);
}

/**
 * A page that loads ResNet-18 and runs or trains it, built for production with Vite's defaults; and built for inference,
 * where it must predict the same.
 */
async function builtWithVite({ customer }: World): Promise<void> {
  const folder = customer.folder('vite');
  const tools = JSON.parse(readFileSync(join(scripts, '../bundlers/package.json'), 'utf8')) as {
    readonly devDependencies: Readonly<Record<string, string>>;
  };
  const vite = tools.devDependencies['vite-8']!.replace('npm:', '');
  const names = ['resnet', 'backend-wasm', 'optim', 'tensor-core'];
  customer.run(folder, 'npm', 'install', vite, ...names.map((name) => `@convnet/${name}`));
  await using browser = await launchChromium();
  assert.ok(browser !== null, 'a browser is needed to open the pages');
  const predictions: string[] = [];
  for (const { name, config, mostBytes } of applications) {
    copyFileSync(join(scripts, `application-${name}.js`), join(folder, 'application.js'));
    const script = '<script type="module" src="./application.js"></script>';
    writeFileSync(join(folder, 'index.html'), `<!doctype html><body>${script}</body>\n`);
    writeFileSync(join(folder, 'vite.config.mjs'), `export default ${JSON.stringify(config)};\n`);
    customer.run(folder, 'npx', 'vite', 'build');
    const files = globSync('dist/assets/*.js', { cwd: folder });
    const bytes = files.map((file) => gzipSync(readFileSync(join(folder, file))).length);
    const sum = bytes.reduce((total, each) => total + each, 0);
    const how = JSON.stringify(config);
    console.log(
      `publish: a page to ${name} with ${how}: ${sum} of ${mostBytes} bytes of JavaScript (gzip)`,
    );
    assert.ok(sum <= mostBytes, `${name} with ${how}: ${sum} bytes, more than ${mostBytes}`);
    if (name === 'infer') predictions.push(await shownBy(join(folder, 'dist'), browser));
  }
  const [ordinary, inference] = predictions;
  console.log(`publish: a page to infer shows ${ordinary}`);
  assert.match(ordinary!, /^-?\d[-\d.e]*(?:,-?\d[-\d.e]*){4}$/);
  assert.equal(inference, ordinary);
}

/** A family gets a release of its own, and its users that alone. */
function upgradeFamilyAlone({ customer, release }: World): void {
  const folder = customer.folder('upgrade');
  customer.run(folder, 'npm', 'install', '@convnet/lenet', '@convnet/backend-wasm');
  const before = installedPackages(folder);
  release(`---\n'@convnet/lenet': patch\n---\n\nA journey.\n`);
  customer.run(folder, 'npm', 'update');
  const changed = installedPackages(folder).filter(
    ({ name, version }) => before.find((each) => each.name === name)?.version !== version,
  );
  assert.deepEqual(
    changed.map(({ name, version }) => `${name}@${version}`),
    ['@convnet/lenet@0.1.1'],
  );
  assert.equal(installedManifest(folder, '@convnet/tensor-core').version, '0.1.0');
  customer.run(folder, 'node', '--input-type=module', '--eval', forward);
}

/** One forward pass of LeNet on wasm. */
const forward = `
import { wasm } from '@convnet/backend-wasm';
import { lenet5_relu } from '@convnet/lenet';
import { randn } from '@convnet/tensor-core';
const device = await wasm();
const model = lenet5_relu({ dims: 1, numClasses: 2, inputSize: 128, device });
console.log(model.forward(randn([1, 1, 128], { device })).shape.join());
`;

/** A stranger's family, made from the template, tested, published, and used by somebody else. */
function familyOfAStranger({ customer, author, registry }: World): void {
  const workshop = author.folder('workshop');
  author.run(
    workshop,
    'npm',
    'create',
    '--yes',
    '@convnet/family',
    'wave-net',
    '--',
    '--name',
    '@stranger/wave-net',
  );
  const own = join(workshop, 'wave-net');
  author.run(own, 'npm', 'install');
  assert.match(author.run(own, 'npm', 'test'), /Test Files.* 2 passed/);
  author.run(own, 'npm', 'publish', '--access', 'public', '--registry', registry);

  const folder = customer.folder('user-of-a-stranger');
  customer.run(folder, 'npm', 'install', '@stranger/wave-net', '@convnet/backend-wasm');
  const installed = installedPackages(folder).map(({ name }) => name);
  assert.deepEqual(installed.toSorted(), [
    '@convnet/backend-wasm',
    '@convnet/layers',
    '@convnet/tensor-core',
    '@stranger/wave-net',
  ]);
  const program = `
import { wasm } from '@convnet/backend-wasm';
import { randn } from '@convnet/tensor-core';
import { wave_net } from '@stranger/wave-net';
const device = await wasm();
for (const dims of [1, 2]) {
  const model = wave_net({ dims, numClasses: 4, device });
  const x = randn([2, 3, 32, 32].slice(0, 2 + dims), { device });
  console.log(model.forward(x).shape.join());
}`;
  const printed = customer.run(folder, 'node', '--input-type=module', '--eval', program);
  assert.equal(printed, '2,4\n2,4\n');
}

/** A family whose weights get other names, without a word in a changeset. */
function changeWithoutChangeset({ customer, checkout }: World): void {
  const file = join(checkout, 'packages/models/lenet/src/lenet.ts');
  const text = readFileSync(file, 'utf8');
  writeFileSync(file, text.replaceAll('classifier', 'head'));
  const check = ['-y', 'pnpm@12', 'check:surface'];
  const { status, output } = customer.tryRun(checkout, 'npx', ...check);
  writeFileSync(file, text);
  assert.equal(status, 1);
  for (const kind of ['public types', 'state dicts']) {
    assert.match(
      output,
      new RegExp(
        `@convnet/lenet: its ${kind} were changed .* expected a changeset with at least minor`,
      ),
    );
  }
  customer.run(checkout, 'npx', ...check);
}

/** A family that asks for an engine of before, beside a backend of now: both are installed, and do not work together. */
function twoCopiesOfTheEngine({ customer, release }: World): void {
  release(`---\n'@convnet/tensor-core': minor\n---\n\nAnother journey.\n`);
  const folder = customer.folder('two-copies');
  customer.run(folder, 'npm', 'install', '@convnet/lenet@0.1.1', '@convnet/backend-wasm@0.2.0');
  const { status, output } = customer.tryRun(
    folder,
    'node',
    '--input-type=module',
    '--eval',
    forward,
  );
  assert.notEqual(status, 0);
  assert.match(
    output,
    /TwoCopiesError: lenet5_relu: .*Two copies of @convnet\/tensor-core are in this program, 0\.1\.0 and 0\.2\.0;/,
  );
  customer.run(folder, 'npm', 'install', '@convnet/lenet@latest');
  assert.equal(customer.run(folder, 'node', '--input-type=module', '--eval', forward), '1,2\n');
}

/** The lines of CONTRIBUTING.md that begin a family in the repository, as they stand there. */
function familyInTheRepository({ customer, checkout }: World): void {
  const text = readFileSync(join(checkout, 'CONTRIBUTING.md'), 'utf8');
  const lines = /^## Add a model family$.*?^```sh$\n(.*?)^```$/ms
    .exec(text)?.[1]
    ?.trim()
    .split('\n');
  assert.ok(
    lines !== undefined && lines.length > 3,
    'CONTRIBUTING.md has no commands for a new family',
  );
  for (const line of lines) customer.run(checkout, 'sh', '-c', line);
}

/** In the order of a project's life; what a later one finds in the registry, earlier ones may have put there. */
export const journeys: Readonly<Record<string, (world: World) => void | Promise<void>>> = {
  'from an empty folder to a trained network': quickStart,
  'training in one and two dimensions': trainInBothRanks,
  'one family and one backend': leanInstall,
  'an application built with Vite': builtWithVite,
  'a family of a stranger': familyOfAStranger,
  'a family upgraded alone': upgradeFamilyAlone,
  'a change without its changeset': changeWithoutChangeset,
  'two copies of the engine': twoCopiesOfTheEngine,
  'the steps of CONTRIBUTING.md for a family': familyInTheRepository,
};
