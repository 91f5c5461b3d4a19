/**
 * The recipe of `@convnet/backend-cuda-win32-x64`: `pnpm build:cuda --platform win32-x64 [--out folder]` writes the whole package, ready to be
 * packed, into `build/backend-cuda-win32-x64` or another folder. Kernels are the same on every platform: they are those of the Linux package. The
 * addon is built by MinGW-w64 (Debian's `g++-mingw-w64-x86-64-posix`; CXX_WINDOWS may name another), needs no DLL but the system's and takes
 * Node-API from the running node.exe. It has not been run on Windows: that waits for a machine with it.
 */

import { execFileSync } from 'node:child_process';
import {
  cpSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { addonName, manifestFile, platformFolder, sha256, type Manifest } from './cuda-build.ts';
import { buildFolder, nativeFolder } from './native-build.ts';

export const windowsFolder: string = join(buildFolder, 'backend-cuda-win32-x64');

const compiler = process.env['CXX_WINDOWS'] ?? 'x86_64-w64-mingw32-g++-posix';
const flags =
  '-std=c++17 -O2 -fvisibility=hidden -DNAPI_CPP_EXCEPTIONS -DUNICODE -Wall -Wextra'.split(' ');
// The libraries of this compiler go into the addon: no Windows has them.
const linkFlags = '-shared -s -static -static-libgcc -static-libstdc++'.split(' ');

const require = createRequire(import.meta.url);
const folderOf = (name: string): string => dirname(require.resolve(`${name}/package.json`));

/** The first line of what the compiler says of itself; null where there is none. */
export function windowsCompiler(): string | null {
  try {
    const said = execFileSync(compiler, ['--version'], { encoding: 'utf8', stdio: 'pipe' });
    return said.split('\n')[0]!;
  } catch {
    return null;
  }
}

/** Builds the addon into a file. */
export function buildWindowsAddon(target: string): void {
  const folder = mkdtempSync(join(tmpdir(), 'convnet-windows-'));
  try {
    const headers = folderOf('node-api-headers');
    // What node.exe gives, as a library that the linker takes.
    const library = join(folder, 'libnode.a');
    const dlltool = compiler.replace(/g\+\+(-posix|-win32)?$/, 'dlltool');
    execFileSync(dlltool, ['-d', join(headers, 'def/node_api.def'), '-l', library]);
    const includes = [folderOf('node-addon-api'), join(headers, 'include')];
    const sources = globSync('addon/*.cpp', { cwd: nativeFolder }).toSorted();
    const files = sources.map((file) => join(nativeFolder, file));
    const given = [...includes.map((each) => `-I${each}`), ...files, library];
    execFileSync(compiler, [...flags, ...given, ...linkFlags, '-o', target], { stdio: 'inherit' });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** What a package.json of a platform package says. */
interface PlatformJson extends Record<string, unknown> {
  readonly name: string;
  readonly description: string;
}

/** The Linux package as that of Windows. */
function windowsJson(): object {
  const text = readFileSync(join(platformFolder, '../package.json'), 'utf8');
  const { libc: _, ...linux } = JSON.parse(text) as PlatformJson;
  return {
    ...linux,
    name: linux.name.replace('linux', 'win32'),
    description: linux.description.replace('Linux', 'Windows'),
    os: ['win32'],
  };
}

/** Writes the package into a folder, which is made anew. */
export function writeWindowsPackage(folder: string): void {
  rmSync(folder, { recursive: true, force: true });
  const native = join(folder, 'native');
  mkdirSync(native, { recursive: true });
  cpSync(join(platformFolder, '../src'), join(folder, 'src'), { recursive: true });
  const readme = readFileSync(join(platformFolder, '../README.md'), 'utf8');
  writeFileSync(
    join(folder, 'README.md'),
    readme
      .replaceAll('linux', 'win32')
      .replace(/Linux on x64 with glibc [\d.]+ or newer/, 'Windows on x64'),
  );
  writeFileSync(join(folder, 'package.json'), `${JSON.stringify(windowsJson(), null, 2)}\n`);
  cpSync(join(platformFolder, 'kernels'), join(native, 'kernels'), { recursive: true });
  cpSync(join(platformFolder, 'kernels.json'), join(native, 'kernels.json'));
  buildWindowsAddon(join(native, addonName));
  const linux = JSON.parse(readFileSync(manifestFile, 'utf8')) as Manifest;
  const addon = sha256(new Uint8Array(readFileSync(join(native, addonName))));
  const manifest: Manifest = {
    ...linux,
    toolchain: { ...linux.toolchain, compiler: windowsCompiler() ?? 'none' },
    files: { ...linux.files, [addonName]: addon },
  };
  writeFileSync(join(native, 'manifest.json'), `${JSON.stringify(manifest, null, 2)}\n`);
}

/** The whole of `--platform win32-x64`. @returns the exit code. */
export function buildWindows(folder: string = windowsFolder): number {
  const version = windowsCompiler();
  if (version === null) {
    console.error(`not run: there is no ${compiler}; Debian has it in g++-mingw-w64-x86-64-posix`);
    return 2;
  }
  writeWindowsPackage(folder);
  console.log(`build:cuda: ${folder}, with ${version}; not run on Windows`);
  return 0;
}
