/**
 * `pnpm check:kernels`: the committed binaries belong to the committed sources, and so do the host's generated modules. Where the tools are, they are
 * built anew: byte for byte the same with the recorded versions; with others the new ones must pass the
 * conformance suite.
 */

import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  binariesFolder,
  buildAll,
  committedLayout,
  findToolchain,
  hashOfSources,
  layoutOf,
  manifestFile,
  packageFolder,
  sha256,
  writeBinaries,
  type Manifest,
} from './kernels.ts';

const problems: string[] = [];
const manifest = JSON.parse(readFileSync(manifestFile, 'utf8')) as Manifest;
if (hashOfSources() !== manifest.sources) {
  problems.push('the Rust sources or flags have changed since the binaries were built');
}
const committed = new Map<string, Uint8Array<ArrayBuffer>>();
for (const [name, hash] of Object.entries(manifest.binaries)) {
  const binary = new Uint8Array(readFileSync(join(binariesFolder, `${name}.wasm`)));
  committed.set(name, binary);
  if (sha256(binary) !== hash) problems.push(`${name}.wasm is not the file that was built`);
}
const layout = layoutOf(committed);
const found = committedLayout();
for (const file of new Set([...layout.keys(), ...found.keys()])) {
  if (layout.get(file) !== found.get(file)) {
    problems.push(`src/${file} is not what the binaries say of themselves`);
  }
}

function runSuite(binaries: ReadonlyMap<string, Uint8Array>): void {
  const folder = mkdtempSync(join(tmpdir(), 'convnet-kernels-'));
  try {
    writeBinaries(folder, binaries);
    execFileSync('pnpm', ['exec', 'vitest', 'run', 'packages/backend-wasm/src/conformance'], {
      cwd: join(packageFolder, '../..'),
      stdio: 'inherit',
      env: { ...process.env, CONVNET_KERNELS: folder },
    });
  } catch {
    problems.push('binaries built with the tools of this machine fail the conformance suite');
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const tools = findToolchain();
if (problems.length > 0) {
  // Building anew would say the same at length.
} else if (typeof tools === 'string') {
  console.log(`check:kernels: not rebuilt, because this machine has no ${tools}`);
} else {
  const binaries = await buildAll(tools.rust);
  if (JSON.stringify(tools.toolchain) === JSON.stringify(manifest.toolchain)) {
    for (const [name, binary] of binaries) {
      if (sha256(binary) !== manifest.binaries[name]) {
        problems.push(`${name}.wasm built anew with the same tools differs`);
      }
    }
  } else {
    console.log('check:kernels: other tools than recorded, so the new binaries run the suite');
    runSuite(binaries);
  }
}
for (const problem of problems) console.error(`check:kernels: ${problem}`);
if (problems.length > 0) {
  console.error(
    'Run `pnpm build:kernels` and commit packages/backend-wasm/wasm and the generated modules.',
  );
  process.exit(1);
}
