/**
 * `pnpm build:cuda`: the addon and the kernels of the platform package, from their sources. Installs NVIDIA's compiler from PyPI where it is
 * not installed; needs g++. What the addon takes cuBLASLt and cuDNN for is compared with their headers where they are installed: `--libraries`
 * does so, which takes 1 GB. Prints the registers that kernels take, and fails where they take too many.
 * `--platform win32-x64 [--out folder]` writes the package of Windows instead (build-windows.ts).
 */

import { parseArgs } from 'node:util';

import { buildWindows } from './build-windows.ts';
import {
  addonName,
  buildAddonFile,
  buildKernels,
  checkDriverApi,
  newerSymbols,
  writePlatform,
} from './cuda-build.ts';
import { checkLibraryApis, findLibraries, installLibraries } from './cuda-libraries.ts';
import { overBounds, resourceTable } from './resources.ts';
import { requireToolchain } from './toolchain.ts';

const { values: options } = parseArgs({
  options: {
    libraries: { type: 'boolean', default: false },
    platform: { type: 'string', default: 'linux-x64' },
    out: { type: 'string' },
  },
});
if (options.platform === 'win32-x64') process.exit(buildWindows(options.out));
if (options.platform !== 'linux-x64') {
  throw new Error(
    `there is no platform '${options.platform}'; the platforms are linux-x64, win32-x64`,
  );
}

const tools = requireToolchain();
checkDriverApi(tools);
if (options.libraries && findLibraries() === null) installLibraries();
const libraries = findLibraries();
if (libraries !== null) checkLibraryApis(tools, libraries);
else
  console.log(
    'build:cuda: not compared with the headers of cuBLASLt and cuDNN, which are not installed',
  );
const { files, resources } = await buildKernels(tools);
console.log(resourceTable(resources));
const addon = await buildAddonFile();
const problems = [
  ...overBounds(resources),
  ...newerSymbols(addon).map(
    (name) => `the addon asks for ${name}, which older systems do not have`,
  ),
];
if (problems.length === 0) {
  files.set(addonName, addon);
  writePlatform(files, tools);
  const bytes = [...files.values()].reduce((sum, { length }) => sum + length, 0);
  console.log(
    `build:cuda: ${files.size} files, ${(bytes / 2 ** 20).toFixed(1)} MB, with ${tools.version}`,
  );
}
for (const problem of problems) console.error(`build:cuda: ${problem}`);
process.exitCode = problems.length === 0 ? 0 : 1;
