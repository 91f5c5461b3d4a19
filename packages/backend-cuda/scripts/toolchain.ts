/** NVIDIA's compiler, from PyPI into a folder of its own; nothing else of a toolkit is needed. */

import { execFileSync } from 'node:child_process';
import { existsSync, globSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { buildFolder } from './native-build.ts';

/** The packages of the compiler, of one release. */
const release = '13.5.37';
const packages = ['nvidia-cuda-nvcc', 'nvidia-nvvm', 'nvidia-cuda-crt', 'nvidia-cuda-runtime'].map(
  (name) => `${name}==${release}`,
);
/** Standard headers for the device, which have a release of their own. */
const headers = 'nvidia-cuda-cccl==13.3.5.0.6';

const folder = join(buildFolder, `toolchain-${release}`);

export interface Toolchain {
  readonly nvcc: string;
  readonly ptxas: string;
  readonly fatbinary: string;
  readonly include: string;
  /** Such as 'nvcc 13.5.37'. */
  readonly version: string;
}

/** The toolchain, where it is installed: in its folder, or in the one that CUDA_TOOLCHAIN names (the one with `bin`); else null. */
export function findToolchain(): Toolchain | null {
  const installed = globSync(join(folder, '{lib/python3*/site-packages/,}nvidia/cu13'))[0];
  const root = process.env['CUDA_TOOLCHAIN'] ?? installed;
  if (root === undefined || !existsSync(join(root, 'bin/nvcc'))) return null;
  const nvcc = join(root, 'bin/nvcc');
  const said = execFileSync(nvcc, ['--version'], { encoding: 'utf8' });
  return {
    nvcc,
    ptxas: join(root, 'bin/ptxas'),
    fatbinary: join(root, 'bin/fatbinary'),
    include: join(root, 'include'),
    version: `nvcc ${/V([\d.]+)/.exec(said)?.[1] ?? 'of unknown version'}`,
  };
}

/** The toolchain, installed if it is not there. Needs python3 with venv and pip, and PyPI. */
export function requireToolchain(): Toolchain {
  const found = findToolchain();
  if (found !== null) return found;
  console.log(`installing ${packages.join(', ')}, ${headers} (130 MB) into ${folder}`);
  mkdirSync(buildFolder, { recursive: true });
  execFileSync('python3', ['-m', 'venv', folder], { stdio: 'inherit' });
  const pip = ['-m', 'pip', 'install', '--quiet', '--no-deps', '--only-binary=:all:'];
  execFileSync(join(folder, 'bin/python3'), [...pip, ...packages, headers], { stdio: 'inherit' });
  const installed = findToolchain();
  if (installed === null) throw new Error(`${folder} has no nvcc after the installation`);
  return installed;
}
