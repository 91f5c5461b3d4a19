/**
 * `pnpm check:cuda`: the committed addon and kernels belong to the committed sources. Where the tools are that built them, they are
 * built anew and must be the same byte for byte.
 */

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  addonName,
  buildAddonFile,
  buildKernels,
  checkDriverApi,
  hashOfAddon,
  hashOfKernels,
  newerSymbols,
  platformFolder,
  readManifest,
  sha256,
  type BuiltFiles,
} from './cuda-build.ts';
import { compilerVersion } from './native-build.ts';
import { overBounds } from './resources.ts';
import { findToolchain } from './toolchain.ts';

const problems: string[] = [];
const manifest = readManifest();

if (manifest === null) problems.push('nothing was built yet');
else {
  if (hashOfKernels() !== manifest.kernelSources) {
    problems.push('the kernels or their flags have changed since they were built');
  }
  if (hashOfAddon() !== manifest.addonSources) {
    problems.push('the addon or its flags have changed since it was built');
  }
  for (const [name, hash] of Object.entries(manifest.files)) {
    const file = join(platformFolder, name);
    if (!existsSync(file) || sha256(new Uint8Array(readFileSync(file))) !== hash) {
      problems.push(`${name} is not the file that was built`);
    }
  }
}

function compare(files: BuiltFiles): void {
  for (const [name, data] of files) {
    if (sha256(data) !== manifest!.files[name])
      problems.push(`${name} built anew with the same tools differs`);
  }
}

if (problems.length === 0 && manifest !== null) {
  const compiler = compilerVersion();
  if (compiler === manifest.toolchain.compiler) {
    const addon = await buildAddonFile();
    compare(new Map([[addonName, addon]]));
    for (const name of newerSymbols(addon)) problems.push(`the addon asks for ${name}`);
  } else {
    console.log(
      `check:cuda: the addon not rebuilt, because this machine has no ${manifest.toolchain.compiler}`,
    );
  }
  const tools = findToolchain();
  if (tools === null || compiler === null) {
    console.log(
      `check:cuda: the kernels not rebuilt, because this machine has no ${manifest.toolchain.nvcc}`,
    );
  } else {
    checkDriverApi(tools);
    const { files, resources } = await buildKernels(tools);
    if (tools.version === manifest.toolchain.nvcc) compare(files);
    problems.push(...overBounds(resources));
  }
}
for (const problem of problems) console.error(`check:cuda: ${problem}`);
if (problems.length > 0) {
  console.error('Run `pnpm build:cuda` and commit packages/backend-cuda-linux-x64.');
  process.exitCode = 1;
}
