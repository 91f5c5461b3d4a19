/**
 * `pnpm build:kernels`: builds the kernel binaries, records what they were built from and with, and writes what the host
 * must know of their memory.
 */

import { writeFileSync } from 'node:fs';
import {
  binariesFolder,
  buildAll,
  findToolchain,
  hashOfSources,
  layoutOf,
  manifestFile,
  sha256,
  writeBinaries,
  writeLayout,
  type Manifest,
} from './kernels.ts';

const found = findToolchain();
if (typeof found === 'string') {
  console.error(`build:kernels needs ${found}. See packages/backend-wasm/rust/README.md.`);
  process.exit(1);
}
const binaries = await buildAll(found.rust);
writeBinaries(binariesFolder, binaries);
const manifest: Manifest = {
  sources: hashOfSources(),
  toolchain: found.toolchain,
  binaries: Object.fromEntries([...binaries].map(([name, binary]) => [name, sha256(binary)])),
};
writeLayout(layoutOf(binaries));
writeFileSync(manifestFile, `${JSON.stringify(manifest, null, 2)}\n`);
for (const [name, binary] of binaries) console.log(`${name}.wasm: ${binary.length} bytes`);
