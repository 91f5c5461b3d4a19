/** NVIDIA's libraries from PyPI, where they are installed: their headers to compare with, and cuDNN to make plans with. */

import { execFileSync } from 'node:child_process';
import { existsSync, globSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { namesOfHeader } from '../src/libraries/cudnn/names.ts';
import { buildFolder, nativeFolder } from './native-build.ts';
import type { Toolchain } from './toolchain.ts';

/** Packages of one release each; 1 GB, so that they are installed when they are asked for. */
const packages = [
  'nvidia-cudnn-cu13==9.28.1.4',
  'nvidia-cublas==13.10.0.20',
  'nvidia-cuda-nvrtc==13.5.37',
];
const folder = join(buildFolder, 'libraries');

/** Python's folder `nvidia` with the libraries: in their folder, or the one that CUDA_LIBRARIES names; null where there is none. */
export function findLibraries(): string | null {
  const root =
    process.env['CUDA_LIBRARIES'] ?? globSync(join(folder, 'lib/python3*/site-packages/nvidia'))[0];
  return root !== undefined && existsSync(join(root, 'cudnn/include/cudnn.h')) ? root : null;
}

/** Installs them. Needs python3 with venv and pip, and PyPI. */
export function installLibraries(): void {
  console.log(`installing ${packages.join(', ')} (1 GB) into ${folder}`);
  mkdirSync(buildFolder, { recursive: true });
  execFileSync('python3', ['-m', 'venv', folder], { stdio: 'inherit' });
  const pip = ['-m', 'pip', 'install', '--quiet', '--no-deps', '--only-binary=:all:', ...packages];
  execFileSync(join(folder, 'bin/python3'), pip, { stdio: 'inherit' });
}

/** Compares what the addon and src/libraries take the libraries for with their headers. */
export function checkLibraryApis(tools: Toolchain, root: string): void {
  const compiler = process.env['CXX'] ?? 'g++';
  const checks = join(nativeFolder, 'libraries/check');
  const names = join(buildFolder, 'cudnn-names-check.cpp');
  const asserts = [...namesOfHeader()].map(
    ([name, value]) => `static_assert(${name} == ${value}, "${name}");`,
  );
  writeFileSync(names, ['#include <cudnn.h>', ...asserts, ''].join('\n'));
  const folders = [tools.include, join(root, 'cu13/include'), join(root, 'cudnn/include')];
  const includes = folders.map((each) => `-I${each}`);
  for (const file of [
    'cublaslt-api-check.cpp',
    'cudnn-api-check.cpp',
    'nvrtc-api-check.cpp',
    names,
  ]) {
    const path = file === names ? names : join(checks, file);
    execFileSync(compiler, ['-std=c++20', '-fsyntax-only', ...includes, path], {
      stdio: ['ignore', 'inherit', 'inherit'],
    });
  }
}
