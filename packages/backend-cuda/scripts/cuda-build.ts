/** What a platform package is built from, with what, and how; shared by the build and its check. */

import { execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import {
  addonFlags,
  buildAddon,
  buildFolder,
  compilerVersion,
  kernelIndex,
  moduleOf,
  nativeFolder,
  packageFolder,
} from './native-build.ts';
import { chainHeader, chainHeaderName } from './flattened-source.ts';
import { readResources, type Resources } from './resources.ts';
import type { Toolchain } from './toolchain.ts';

/** Where the files go in the package of the platform. */
export const platformFolder: string = join(packageFolder, '../backend-cuda-linux-x64/native');
export const manifestFile: string = join(platformFolder, 'manifest.json');

/** Architectures with a cubin of their own; newer ones take the PTX. */
export const architectures: readonly number[] = [80, 86, 89, 90, 100, 120];
/** The oldest, whose PTX all cubins are made of. */
const virtualArchitecture = 80;
/**
 * The version that shipped PTX says it is of: that of CUDA 12.0, so that the drivers of CUDA 12, which do not load cubins of CUDA 13,
 * compile it. The compiler writes its own version, of which these kernels need nothing but a hint on loads: without it, ptxas takes them
 * under the older one.
 */
const ptxVersion = '8.0';
const newerHints = /^\s*\.pragma "used_bytes_mask [^"]*";\n/gm;
const compilerFlags = ['-std=c++17', '-O3', '-ptx', `-arch=compute_${virtualArchitecture}`];
/** Pointwise rows round each product and sum on its own, as the same rows do in a chain that NVRTC compiles: their bits are the same. */
const roundingFlags = { folder: 'kernels/pointwise/', flags: ['-fmad=false'] };

function flagsOf(file: string): string[] {
  const { folder, flags } = roundingFlags;
  return file.startsWith(folder) ? [...compilerFlags, ...flags] : compilerFlags;
}

export interface Manifest {
  /** SHA-256 over the sources of the kernels and the flags. */
  readonly kernelSources: string;
  /** SHA-256 over the sources of the addon and the flags. */
  readonly addonSources: string;
  /** What built the files. */
  readonly toolchain: { readonly nvcc: string; readonly compiler: string };
  /** SHA-256 of each file. */
  readonly files: Readonly<Record<string, string>>;
}

export function sha256(data: string | Uint8Array): string {
  return createHash('sha256').update(data).digest('hex');
}

function hashOf(patterns: readonly string[], flags: readonly unknown[]): string {
  const files = patterns.flatMap((pattern) => globSync(pattern, { cwd: nativeFolder }).toSorted());
  const parts = files.map((file) => `${file}\n${readFileSync(join(nativeFolder, file), 'utf8')}`);
  return sha256([JSON.stringify(flags), ...parts].join('\n'));
}

export function hashOfKernels(): string {
  const flags = [compilerFlags, roundingFlags, architectures, ptxVersion];
  return hashOf(['kernels/**/*.{cu,cuh}'], flags);
}

export function hashOfAddon(): string {
  return hashOf(['addon/*', '{driver,libraries}/*.hpp'], [addonFlags]);
}

/** The recorded manifest; null before the first build. */
export function readManifest(): Manifest | null {
  if (!existsSync(manifestFile)) return null;
  return JSON.parse(readFileSync(manifestFile, 'utf8')) as Manifest;
}

/** Runs a tool; gives what it wrote to standard error. */
export function run(command: string, given: readonly string[]): Promise<string> {
  return new Promise((done, fail) => {
    const child = spawn(command, given, { stdio: ['ignore', 'ignore', 'pipe'] });
    let errors = '';
    child.stderr.on('data', (text: Buffer) => (errors += text.toString()));
    child.on('error', fail);
    child.on('close', (code) => {
      if (code === 0) done(errors);
      else fail(new Error(`${command} ${given.join(' ')}: ${errors}`));
    });
  });
}

/** What was built of one file of kernels. */
interface BuiltModule {
  readonly module: string;
  /** Cubins of all architectures, and PTX. */
  readonly fatbin: Uint8Array;
  readonly ptx: string;
  readonly resources: readonly Resources[];
}

/** What a file is built from: itself and all that it includes of ours. */
function withIncludes(file: string, found: Set<string> = new Set()): ReadonlySet<string> {
  if (found.has(file)) return found;
  found.add(file);
  const text = readFileSync(join(nativeFolder, file), 'utf8');
  for (const [, included] of text.matchAll(/^#include "([^"]+)"/gm)) {
    const path = join(dirname(file), included!);
    // What the emulator includes is not for nvcc.
    if (path.startsWith('kernels/')) withIncludes(path, found);
  }
  return found;
}

/** Builds a module, or finds what was built before from the same. */
async function buildModule(tools: Toolchain, file: string, folder: string): Promise<BuiltModule> {
  const hash = sha256(
    JSON.stringify([
      tools.version,
      flagsOf(file),
      architectures,
      ptxVersion,
      hashOf([...withIncludes(file)], []),
    ]),
  );
  const cache = join(buildFolder, 'modules');
  const [record, fatbinFile] = ['json', 'fatbin'].map((kind) =>
    join(cache, `${hash.slice(0, 24)}.${kind}`),
  );
  if (existsSync(record!)) {
    const kept = JSON.parse(readFileSync(record!, 'utf8')) as Omit<BuiltModule, 'fatbin'>;
    return { ...kept, fatbin: new Uint8Array(readFileSync(fatbinFile!)) };
  }
  const { fatbin, ...rest } = await compileModule(tools, file, folder);
  mkdirSync(cache, { recursive: true });
  writeFileSync(fatbinFile!, fatbin);
  writeFileSync(record!, JSON.stringify(rest));
  return { ...rest, fatbin };
}

async function compileModule(tools: Toolchain, file: string, folder: string): Promise<BuiltModule> {
  const module = moduleOf(file);
  const ptxFile = join(folder, `${module}.ptx`);
  await run(tools.nvcc, [...flagsOf(file), join(nativeFolder, file), '-o', ptxFile]);
  const ptx = readFileSync(ptxFile, 'utf8')
    .replace(/^\.version .*$/m, `.version ${ptxVersion}`)
    .replace(newerHints, '');
  const olderFile = join(folder, `${module}-older.ptx`);
  writeFileSync(olderFile, ptx);
  // Would an older driver compile it?
  await run(tools.ptxas, [
    '-O0',
    `-arch=sm_${virtualArchitecture}`,
    olderFile,
    '-o',
    `${olderFile}.cubin`,
  ]);
  const images = [`--image3=kind=ptx,sm=${virtualArchitecture},file=${olderFile}`];
  const resources: Resources[] = [];
  for (const architecture of architectures) {
    const cubin = join(folder, `${module}-${architecture}.cubin`);
    const said = await run(tools.ptxas, [
      '-v',
      '-O3',
      `-arch=sm_${architecture}`,
      ptxFile,
      '-o',
      cubin,
    ]);
    resources.push(...readResources(said, architecture));
    images.push(`--image3=kind=elf,sm=${architecture},file=${cubin}`);
  }
  const fatbin = join(folder, `${module}.fatbin`);
  await run(tools.fatbinary, [
    '-64',
    '--compress-all',
    '--compress-mode=size',
    ...images,
    `--create=${fatbin}`,
  ]);
  return { module, fatbin: new Uint8Array(readFileSync(fatbin)), ptx, resources };
}

/** The files of kernels, relative to the folder of native sources. */
function kernelFiles(): string[] {
  return globSync('kernels/**/*.cu', { cwd: nativeFolder }).toSorted();
}

/** Everything that a platform package holds beside its package.json and the manifest, by its name there. */
export type BuiltFiles = Map<string, Uint8Array>;

/** Builds kernels with nvcc and ptxas for all architectures. */
export async function buildKernels(
  tools: Toolchain,
): Promise<{ readonly files: BuiltFiles; readonly resources: readonly Resources[] }> {
  const folder = mkdtempSync(join(tmpdir(), 'convnet-cuda-'));
  try {
    const waiting = kernelFiles();
    const built: BuiltModule[] = [];
    const work = async (): Promise<void> => {
      for (let file = waiting.shift(); file !== undefined; file = waiting.shift()) {
        built.push(await buildModule(tools, file, folder));
      }
    };
    await Promise.all(Array.from({ length: availableParallelism() }, work));
    built.sort((a, b) => (a.module < b.module ? -1 : 1));
    const index = JSON.stringify(await kernelIndex());
    const encoder = new TextEncoder();
    const files: BuiltFiles = new Map([
      ['kernels.json', encoder.encode(`${index}\n`)],
      [chainHeaderName, encoder.encode(chainHeader(nativeFolder))],
    ]);
    for (const { module, fatbin, ptx } of built) {
      files.set(`kernels/${module}.fatbin`, fatbin);
      files.set(`kernels/${module}.ptx.gz`, new Uint8Array(gzipSync(ptx, { level: 9 })));
    }
    return { files, resources: built.flatMap(({ resources }) => resources) };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Builds the addon with g++. */
export async function buildAddonFile(): Promise<Uint8Array> {
  const folder = mkdtempSync(join(tmpdir(), 'convnet-cuda-'));
  try {
    const target = join(folder, addonName);
    await buildAddon(target);
    return new Uint8Array(readFileSync(target));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

export const addonName = 'convnet-cuda.node';

/** The oldest C library that the addon may ask for: that of RHEL 9, Ubuntu 22.04 and Debian 12. */
const mostGlibc = [2, 34] as const;

/** Versions of the C library that the addon asks for and that are newer than it may. */
export function newerSymbols(addon: Uint8Array): string[] {
  const asked = Buffer.from(addon)
    .toString('latin1')
    .matchAll(/GLIBC_(\d+)\.(\d+)/g);
  const newer = [...asked].filter(
    ([, major, minor]) =>
      Number(major) > mostGlibc[0] ||
      (Number(major) === mostGlibc[0] && Number(minor) > mostGlibc[1]),
  );
  return [...new Set(newer.map(([name]) => name))];
}

/** Compares what the addon takes the driver's calls for with the header of the toolkit. */
export function checkDriverApi(tools: Toolchain): void {
  const file = join(nativeFolder, 'driver/check/driver-api-check.cpp');
  const compiler = process.env['CXX'] ?? 'g++';
  execFileSync(compiler, ['-std=c++20', '-fsyntax-only', `-I${tools.include}`, file], {
    stdio: ['ignore', 'inherit', 'inherit'],
  });
}

/** Writes the files of the package, and the manifest of all. */
export function writePlatform(files: BuiltFiles, tools: Toolchain): void {
  rmSync(platformFolder, { recursive: true, force: true });
  mkdirSync(join(platformFolder, 'kernels'), { recursive: true });
  const hashes: Record<string, string> = {};
  for (const [name, data] of [...files].toSorted(([a], [b]) => (a < b ? -1 : 1))) {
    writeFileSync(join(platformFolder, name), data);
    hashes[name] = sha256(data);
  }
  const manifest: Manifest = {
    kernelSources: hashOfKernels(),
    addonSources: hashOfAddon(),
    toolchain: { nvcc: tools.version, compiler: compilerVersion() ?? 'none' },
    files: hashes,
  };
  writeFileSync(manifestFile, `${JSON.stringify(manifest, null, 2)}\n`);
}
