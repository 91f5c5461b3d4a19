/**
 * Builds with g++ what tests need: the addon, and the emulated driver with all kernels. Into `build/`, named by what it is built from, so
 * that a build is found again and two processes do not meet.
 */

import { execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';

import type { KernelIndex } from '../src/commands/loaded-kernels.ts';
import { chainHeader, chainHeaderName } from './flattened-source.ts';

export const packageFolder: string = join(import.meta.dirname, '..');
export const nativeFolder: string = join(packageFolder, 'native');
/** What is built and not committed. */
export const buildFolder: string = join(packageFolder, 'build');

const compiler: string = process.env['CXX'] ?? 'g++';

/** The compiler's version, or null where there is none. */
export function compilerVersion(): string | null {
  try {
    return execFileSync(compiler, ['--version'], { encoding: 'utf8', stdio: 'pipe' }).split(
      '\n',
    )[0]!;
  } catch {
    return null;
  }
}

const require = createRequire(import.meta.url);
const nodeHeaders = [
  dirname(require.resolve('node-addon-api/package.json')),
  join(dirname(require.resolve('node-api-headers/package.json')), 'include'),
];

const sources = (pattern: string): string[] => globSync(pattern, { cwd: nativeFolder }).toSorted();

/** The module that a file of kernels becomes: 'elements-fill' of 'kernels/elements/fill.cu'. */
export function moduleOf(file: string): string {
  return file
    .replace(/^(kernels|emulator)\//, '')
    .slice(0, -'.cu'.length)
    .replaceAll('/', '-');
}

/** Flags of the addon. It takes the C++ library of the system: inside it, this compiler's would ask for a C library as new as its own. */
export const addonFlags: readonly string[] =
  '-std=c++17 -O2 -fPIC -fvisibility=hidden -DNAPI_CPP_EXCEPTIONS -Wall -Wextra'.split(' ');
const addonLinkFlags = '-shared -Wl,-s -ldl -lpthread'.split(' ');

/**
 * Flags of kernels and emulator: for the machine that they are built on; products and sums round on their own, as functions such
 * as `__fmul_rn` promise.
 */
const emulatorFlags = (
  '-std=c++20 -O2 -march=native -ffp-contract=off -fno-math-errno -fno-strict-aliasing -fPIC ' +
  '-fvisibility=hidden -Wall -Wextra -Wno-unknown-pragmas'
).split(' ');

/** The hash of what the addon or the emulator is built from. */
function hashOf(
  patterns: readonly string[],
  flags: readonly string[],
  keepsMachine: boolean,
): string {
  const hash = createHash('sha256').update(JSON.stringify([flags, compilerVersion()]));
  if (keepsMachine && existsSync('/proc/cpuinfo')) {
    hash.update(/^flags.*$/m.exec(readFileSync('/proc/cpuinfo', 'utf8'))?.[0] ?? '');
  }
  for (const file of patterns.flatMap(sources)) {
    hash.update(`\n${file}\n`).update(readFileSync(join(nativeFolder, file)));
  }
  return hash.digest('hex').slice(0, 16);
}

function run(command: string, given: readonly string[]): Promise<void> {
  return new Promise((done, fail) => {
    const child = spawn(command, given, { stdio: ['ignore', 'inherit', 'pipe'] });
    let errors = '';
    child.stderr.on('data', (text: Buffer) => (errors += text.toString()));
    child.on('error', fail);
    child.on('close', (code) => {
      if (code === 0) done();
      else fail(new Error(`${command} ${given.join(' ')}: ${errors}`));
    });
  });
}

/** Compiles files to objects, several at a time; those that were compiled before are found by what they are made of. */
async function compile(
  files: readonly string[],
  flags: readonly string[],
  headers: string,
): Promise<string[]> {
  const folder = join(buildFolder, 'objects');
  mkdirSync(folder, { recursive: true });
  const waiting = files.map((file) => {
    const hash = createHash('sha256').update(JSON.stringify([file, flags, headers]));
    const name = hash.update(readFileSync(file)).digest('hex').slice(0, 24);
    return { file, object: join(folder, `${name}.o`) };
  });
  const objects = waiting.map(({ object }) => object);
  const work = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      if (existsSync(next.object)) continue;
      const draft = `${next.object}.${process.pid}`;
      await run(compiler, [...flags, '-x', 'c++', '-c', next.file, '-o', draft]);
      renameSync(draft, next.object);
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, work));
  return objects;
}

/** Builds a folder under its name, or finds it; one that is half done is never seen. Other processes wait for this one. */
async function once(name: string, build: (folder: string) => Promise<void>): Promise<string> {
  const folder = join(buildFolder, name);
  mkdirSync(buildFolder, { recursive: true });
  while (!existsSync(folder)) {
    const isOurs = takeLock();
    if (!isOurs) {
      await sleep(200);
      continue;
    }
    const draft = mkdtempSync(join(buildFolder, 'draft-'));
    try {
      await build(draft);
      renameSync(draft, folder);
    } finally {
      rmSync(draft, { recursive: true, force: true });
      rmSync(lockFile, { force: true });
    }
  }
  return folder;
}

/** Holds the number of the process that builds. */
const lockFile = join(buildFolder, 'lock');

/** @returns false while another process builds. */
function takeLock(): boolean {
  try {
    writeFileSync(lockFile, String(process.pid), { flag: 'wx' });
    return true;
  } catch {
    if (!existsSync(lockFile) || isRunning(Number(readFileSync(lockFile, 'utf8')))) return false;
    // Its process ended in the middle.
    rmSync(lockFile, { force: true });
    return false;
  }
}

function isRunning(id: number): boolean {
  try {
    // An empty file is one that is being written.
    return id === 0 || process.kill(id, 0);
  } catch {
    return false;
  }
}

const inNative = (patterns: string): string[] =>
  sources(patterns).map((file) => join(nativeFolder, file));

/** Those of any addon of Node. */
const nodeFlags = [...addonFlags, ...nodeHeaders.map((folder) => `-I${folder}`)];

/** Builds the addon with which tests fork the process, or finds it. @returns its file. */
export async function buildFork(): Promise<string> {
  const file = 'fork.node';
  const folder = await once(`fork-${hashOf(['process/*.cpp'], nodeFlags, false)}`, (draft) =>
    run(compiler, [...nodeFlags, ...inNative('process/*.cpp'), '-shared', '-o', join(draft, file)]),
  );
  return join(folder, file);
}

/** Compiles the addon into a file. */
export async function buildAddon(target: string): Promise<void> {
  const flags = nodeFlags;
  const headers = hashOf(['addon/*.hpp', '{driver,libraries}/*.hpp'], flags, false);
  const objects = await compile(inNative('addon/*.cpp'), flags, headers);
  await run(compiler, [...objects, ...addonLinkFlags, '-o', target]);
}

/** What tests open in place of a GPU's. */
export interface EmulatedPlatform {
  /** The emulated driver. */
  readonly driver: string;
  /** Addon and kernels, as a platform package has them. */
  readonly nativeFolder: string;
  /** The emulated libraries. */
  readonly cublasLt: string;
  readonly cudnn: string;
  readonly nvrtc: string;
  /** cuDNN without `cudnnBackendExecute`. */
  readonly lackingCudnn: string;
  /** NVRTC without `nvrtcGetCUBIN`. */
  readonly lackingNvrtc: string;
}

/** Builds the addon, and the emulated driver with the kernels; finds what was built before. */
export async function buildEmulated(): Promise<EmulatedPlatform> {
  const addon = hashOf(['addon/*', '{driver,libraries}/*.hpp'], addonFlags, false);
  const emulator = hashOf(
    ['emulator/**/*.{cpp,hpp,cu}', '{driver,libraries}/*.hpp', 'kernels/**/*.{cu,cuh}'],
    emulatorFlags,
    true,
  );
  const folder = await once(`emulated-${addon}-${emulator}`, async (draft) => {
    await buildAddon(join(draft, 'convnet-cuda.node'));
    const library = join(draft, driverName);
    const objects = await compileEmulator();
    await run(compiler, [...objects, '-shared', `-Wl,-soname,${driverName}`, '-o', library]);
    await buildLibraries(draft);
    writeFileSync(join(draft, chainHeaderName), chainHeader(nativeFolder));
    const index = await listKernels(objects);
    writeFileSync(join(draft, 'kernels.json'), JSON.stringify(index));
    mkdirSync(join(draft, 'kernels'));
    for (const module of Object.keys(index.modules)) {
      const image = `emulated module of ${module}\0`;
      writeFileSync(join(draft, 'kernels', `${module}.fatbin`), image);
      writeFileSync(join(draft, 'kernels', `${module}.ptx.gz`), gzipSync(image));
    }
  });
  const file = (name: string): string => join(folder, name);
  return {
    driver: file(driverName),
    nativeFolder: folder,
    cublasLt: file('libcublasLt-emulated.so'),
    cudnn: file('libcudnn-emulated.so'),
    nvrtc: file('libnvrtc-emulated.so'),
    lackingCudnn: file('libcudnn-lacking.so'),
    lackingNvrtc: file('libnvrtc-lacking.so'),
  };
}

/** Builds the emulated libraries, which give their work to the emulated driver beside them. */
async function buildLibraries(folder: string): Promise<void> {
  const headers = hashOf(['emulator/**/*.hpp', '{driver,libraries}/*.hpp'], emulatorFlags, true);
  const link = async (
    name: string,
    files: string,
    defines: readonly string[] = [],
    flags: readonly string[] = [],
  ): Promise<void> => {
    const objects = await compile(inNative(files), [...emulatorFlags, ...defines], headers);
    const given = [...objects, '-shared', join(folder, driverName), '-Wl,-rpath,$ORIGIN', ...flags];
    await run(compiler, [...given, '-o', join(folder, name)]);
  };
  /** The library, and one that lacks a function. */
  const linkBoth = async (
    name: string,
    files: string,
    lacks: string,
    defines: readonly string[] = [],
  ): Promise<void> => {
    await link(`${name}-emulated.so`, files, defines);
    const script = join(folder, `${name}-lacking.map`);
    writeFileSync(script, `{ global: *; local: ${lacks}; };\n`);
    await link(`${name}-lacking.so`, files, defines, [`-Wl,--version-script=${script}`]);
  };
  await link('libcublasLt-emulated.so', 'emulator/libraries/cublaslt.cpp');
  await linkBoth('libcudnn', 'emulator/libraries/cudnn*.cpp', 'cudnnBackendExecute');
  await linkBoth('libnvrtc', 'emulator/libraries/nvrtc.cpp', 'nvrtcGetCUBIN', [
    `-DCOMPILER="${compiler}"`,
    `-DFLAGS="${emulatorFlags.join(' ')}"`,
    `-DMODULE_FLAGS="${moduleFlags.join(' ')}"`,
  ]);
  // Of what NVRTC is given g++ would read this header for longer than it compiles the rest.
  const header = join(folder, 'precompiled.hpp');
  writeFileSync(header, `#include "${join(nativeFolder, 'emulator/cuda-on-host.hpp')}"\n`);
  const given = ['-x', 'c++-header', header, '-o', `${header}.gch`];
  await run(compiler, [...emulatorFlags, ...moduleFlags, ...given]);
}

/** Flags of a source that the emulated NVRTC is given, beside those of all kernels. */
const moduleFlags = ['-DCOMPILED_MODULE', `-I${join(nativeFolder, 'kernels')}`];

const driverName = 'libcuda-emulated.so';

/** Objects of the emulated driver and of all kernels. */
function compileEmulator(): Promise<string[]> {
  const headers = hashOf(
    ['emulator/*.hpp', 'driver/*.hpp', 'kernels/**/*.cuh'],
    emulatorFlags,
    true,
  );
  return compile(
    [...inNative('emulator/*.cpp'), ...inNative('{kernels,emulator/probes}/**/*.cu')],
    emulatorFlags,
    headers,
  );
}

/** Which module has which kernels, and what their parameters take: what g++ says of the same sources. */
export async function kernelIndex(): Promise<KernelIndex> {
  const index = await listKernels(await compileEmulator());
  const modules = Object.entries(index.modules).filter(([module]) => !module.startsWith('probes-'));
  return { modules: Object.fromEntries(modules) };
}

/** The same by a program that is made of these objects. */
async function listKernels(objects: readonly string[]): Promise<KernelIndex> {
  const folder = mkdtempSync(join(buildFolder, 'list-'));
  const program = join(folder, 'list-kernels');
  await run(compiler, [
    ...emulatorFlags,
    ...inNative('emulator/list/*.cpp'),
    ...objects,
    '-o',
    program,
  ]);
  const lines = execFileSync(program, { encoding: 'utf8' }).trim().split('\n');
  rmSync(folder, { recursive: true });
  const modules: Record<string, { kernels: Record<string, { parameterBytes: number }> }> = {};
  for (const line of lines.toSorted()) {
    const [file, kernel, bytes] = line.split('\t') as [string, string, string];
    const module = moduleOf(relative(nativeFolder, file));
    modules[module] ??= { kernels: {} };
    modules[module].kernels[kernel] = { parameterBytes: Number(bytes) };
  }
  return { modules };
}
