import assert from 'node:assert/strict';
import { copyFileSync, globSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bytesOnDisk, installedManifest, type Customer } from './customer.ts';
import type { PublishedManifest } from './packed.ts';

/** What a journey has to do with. */
export interface World {
  readonly registry: string;
  /** Where the published packages must say that their sources are. */
  readonly repository: string;
  readonly customer: Customer;
  /** Folder of the checkout that releases are made from. */
  readonly checkout: string;
  /** Publishes a change, which a changeset describes. */
  release(changeset: string): void;
}

const scripts = join(import.meta.dirname, '../smoke');

/** Most seconds from an empty folder to a trained network, on two cores. */
const quickStartSeconds = 60;
/** Most bytes on the disk of one family, one backend and what they need. */
const leanBytes = 4 * 2 ** 20;

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
  const bytes = bytesOnDisk(join(folder, 'node_modules'));
  const installed = installedPackages(folder);
  console.log(
    `publish: lean install: ${(bytes / 2 ** 20).toFixed(2)} MiB on the disk in ${installed.length} packages`,
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

/** In the order of a project's life; what a later one finds in the registry, earlier ones may have put there. */
export const journeys: Readonly<Record<string, (world: World) => void | Promise<void>>> = {
  'from an empty folder to a trained network': quickStart,
  'training in one and two dimensions': trainInBothRanks,
  'one family and one backend': leanInstall,
  'a family upgraded alone': upgradeFamilyAlone,
};
