/** What the kernel binaries are built from, with what, and how; shared by the build and its check. */

import { execFile, execFileSync } from 'node:child_process';
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
import { promisify } from 'node:util';
import { descriptionIn, layoutModules } from './layout.ts';

export const packageFolder: string = dirname(import.meta.dirname);
const crate = join(packageFolder, 'rust');
export const binariesFolder: string = join(packageFolder, 'wasm');
export const manifestFile: string = join(binariesFolder, 'manifest.json');
/** Where the generated modules lie. */
export const sourceFolder: string = join(packageFolder, 'src');

/** The binaries and the instruction sets they need beyond 128-bit SIMD. */
const variants: Readonly<Record<string, readonly string[]>> = {
  simd: [],
  relaxed: ['+relaxed-simd'],
  'simd-threads': ['+atomics'],
  'relaxed-threads': ['+relaxed-simd', '+atomics'],
};

/** wasm-bindgen would otherwise rewrite the module for tables of references, which it does not have. */
const commonFeatures = ['+simd128', '+bulk-memory', '-reference-types', '-multivalue'];
/** The stack of one thread; `machine.ts` makes one of this size for each worker. */
const stackBytes = 65536;
const commonFlags = [
  '-C link-arg=--import-memory',
  '-C link-arg=--max-memory=4294967296',
  `-C link-arg=-zstack-size=${stackBytes}`,
  // Loop strength reduction writes addresses as sums that V8 cannot fold into its loads, which takes an
  // instruction each: see docs/decisions/0014.
  '-C llvm-args=-disable-lsr',
  // No paths and lines of the build machine in the binary.
  '-Z location-detail=none',
];

function flagsOf(variant: string): string {
  const features = [...commonFeatures, ...variants[variant]!].join(',');
  return [`-C target-feature=${features}`, ...commonFlags].join(' ');
}

export interface Toolchain {
  readonly rustc: string;
  readonly wasmPack: string;
  readonly wasmBindgen: string;
}

export interface Manifest {
  /** SHA-256 over the Rust sources, the lock file and the flags. */
  readonly sources: string;
  readonly toolchain: Toolchain;
  /** SHA-256 of each binary. */
  readonly binaries: Readonly<Record<string, string>>;
}

export function sha256(data: string | Uint8Array): string {
  return createHash('sha256').update(data).digest('hex');
}

export function hashOfSources(): string {
  const files = ['Cargo.toml', 'Cargo.lock', ...globSync('src/**/*.rs', { cwd: crate }).toSorted()];
  const parts = files.map((file) => `${file}\n${readFileSync(join(crate, file), 'utf8')}`);
  return sha256([...parts, ...Object.keys(variants).map(flagsOf)].join('\n'));
}

function output(command: string, args: readonly string[]): string | null {
  try {
    return execFileSync(command, args, {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
  } catch {
    return null;
  }
}

/** A Rust compiler with the sources of its library, which are built anew for shared memory. */
interface Rust {
  readonly rustc: string;
  readonly version: string;
  readonly sysroot: string;
}

function findRust(): Rust | null {
  for (const rustc of [process.env['RUSTC'], 'rustc', '/usr/bin/rustc']) {
    if (rustc === undefined) continue;
    const sysroot = output(rustc, ['--print', 'sysroot']);
    const version = output(rustc, ['--version']);
    if (sysroot === null || version === null) continue;
    if (existsSync(join(sysroot, 'lib/rustlib/src/rust/library/core'))) {
      const path = rustc === 'rustc' ? join(sysroot, 'bin/rustc') : rustc;
      return { rustc: path, version, sysroot };
    }
  }
  return null;
}

/** The tools on this machine, or the name of the first one that is missing. */
export function findToolchain(): { rust: Rust; toolchain: Toolchain } | string {
  const rust = findRust();
  if (rust === null) return 'rustc with the component rust-src';
  const wasmPack = output('wasm-pack', ['--version']);
  if (wasmPack === null) return 'wasm-pack';
  const wasmBindgen = output('wasm-bindgen', ['--version']);
  if (wasmBindgen === null) return 'wasm-bindgen';
  return { rust, toolchain: { rustc: rust.version, wasmPack, wasmBindgen } };
}

const run = promisify(execFile);

/** Builds all binaries with wasm-pack, as many at a time as there are cores: each is compiled by one thread. */
export async function buildAll(rust: Rust): Promise<Map<string, Uint8Array<ArrayBuffer>>> {
  const names = Object.keys(variants);
  const built = new Map<string, Uint8Array<ArrayBuffer>>();
  const waiting = [...names];
  const buildWaiting = async (): Promise<void> => {
    for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) {
      built.set(name, await build(rust, name));
    }
  };
  await Promise.all(
    Array.from({ length: Math.min(availableParallelism(), names.length) }, buildWaiting),
  );
  return new Map(names.map((name) => [name, built.get(name)!]));
}

async function build(rust: Rust, variant: string): Promise<Uint8Array<ArrayBuffer>> {
  const out = mkdtempSync(join(tmpdir(), 'convnet-kernels-'));
  const hasTarget = existsSync(join(rust.sysroot, 'lib/rustlib/wasm32-unknown-unknown'));
  // Distributions ship no target and no rust-lld: the library is built from its sources, wasm-ld links.
  const linker = hasTarget ? {} : { CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER: 'wasm-ld' };
  const mode = hasTarget ? 'normal' : 'force';
  const args = ['build', '--mode', mode, '--target', 'web', '--release', '--no-opt', '--no-pack'];
  try {
    await run(
      'wasm-pack',
      [...args, '--no-typescript', '--out-dir', out, crate, '--', '-Zbuild-std=core,alloc'],
      {
        maxBuffer: Infinity,
        env: {
          ...process.env,
          ...linker,
          RUSTC: rust.rustc,
          // Building the library for shared memory is an unstable option of stable compilers.
          RUSTC_BOOTSTRAP: '1',
          RUSTFLAGS: `${flagsOf(variant)} --remap-path-prefix ${crate}=kernels --remap-path-prefix ${rust.sysroot}=rust`,
          CARGO_TARGET_DIR: join(crate, 'target', variant),
          PATH: `${dirname(rust.rustc)}:${process.env['PATH']}`,
        },
      },
    );
    const binary = new Uint8Array(readFileSync(join(out, 'convnet_kernels_bg.wasm')));
    return variant.endsWith('threads') ? importSharedMemory(binary) : binary;
  } finally {
    rmSync(out, { recursive: true });
  }
}

/**
 * Declares the imported memory as shared. Asked to link for shared memory, rustc makes a module that
 * wasm-bindgen insists on turning into its own form of threads, with an allocator and thread-local storage
 * that the kernels do not have. They keep all state in memory that the host hands out, so the flag is all
 * that is missing.
 */
function importSharedMemory(binary: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const importSection = 2;
  const memoryKind = 2;
  const withMaximum = 1;
  const sharedWithMaximum = 3;
  let at = 8;
  const number = (): number => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = binary[at++]!;
      value |= (byte & 127) << shift;
      if (byte < 128) return value;
    }
  };
  while (at < binary.length) {
    const section = binary[at++]!;
    const size = number();
    if (section !== importSection) {
      at += size;
      continue;
    }
    const count = number();
    // Memory is the only import: two names, a kind, then the limits.
    for (let name = 0; name < 2; name++) {
      const length = number();
      at += length;
    }
    if (count !== 1 || binary[at] !== memoryKind || binary[at + 1] !== withMaximum) break;
    const shared = binary.slice();
    shared[at + 1] = sharedWithMaximum;
    return shared;
  }
  throw new Error('the binary does not import one memory with a maximum, and nothing else');
}

/**
 * What the host must know of the memory of these binaries: the text of each generated module by its path in `src`.
 *
 * @throws Error where they do not say the same of themselves.
 */
export function layoutOf(
  binaries: ReadonlyMap<string, Uint8Array<ArrayBuffer>>,
): ReadonlyMap<string, string> {
  const descriptions = Array.from(binaries.values(), descriptionIn);
  if (new Set(descriptions).size !== 1) throw new Error('the binaries differ in their interface');
  return layoutModules(descriptions[0]!, stackBytes);
}

/** The generated modules as they are. */
export function committedLayout(): ReadonlyMap<string, string> {
  const files = globSync('{layout.generated.ts,layout/*.generated.ts}', { cwd: sourceFolder });
  return new Map(
    files.map((file) => [
      file.replaceAll('\\', '/'),
      readFileSync(join(sourceFolder, file), 'utf8'),
    ]),
  );
}

/** Writes them anew. */
export function writeLayout(modules: ReadonlyMap<string, string>): void {
  for (const file of committedLayout().keys()) rmSync(join(sourceFolder, file));
  mkdirSync(join(sourceFolder, 'layout'), { recursive: true });
  for (const [file, text] of modules) writeFileSync(join(sourceFolder, file), text);
}

export function writeBinaries(folder: string, binaries: ReadonlyMap<string, Uint8Array>): void {
  for (const [variant, binary] of binaries) writeFileSync(join(folder, `${variant}.wasm`), binary);
}
