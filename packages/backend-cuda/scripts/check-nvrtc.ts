/**
 * Compiles kernels of chains with the real NVRTC, for every architecture that the built kernels are for and as PTX; no GPU is needed. The kernels
 * are chains of all pointwise rows, and those that the tests met, which the emulated NVRTC keeps. Needs NVRTC where `cuda()` finds it (a
 * toolkit, Python's packages), or CUDA_LIBRARIES with Python's folder `nvidia`.
 *
 *   VIRTUAL_ENV=~/cuda node packages/backend-cuda/scripts/check-nvrtc.ts
 *
 * Prints a line of JSON for each architecture, and one for each kernel that did not compile; ends with 2 where there is no NVRTC.
 */

import { execFile } from 'node:child_process';
import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { pointwiseRows, type PointwiseProgram, type ProgramRow } from '@convnet/tensor-core';
import { findLibrary, nvrtc } from '../src/addon/find-library.ts';
import type { Addon } from '../src/addon/interface.ts';
import { chainSource } from '../src/chains/chain-source.ts';
import { compileKernel, targetFor } from '../src/chains/kernel-compiler.ts';
import { architectures, run } from './cuda-build.ts';
import { chainHeader } from './flattened-source.ts';
import { buildAddon, buildFolder, nativeFolder } from './native-build.ts';
import { overBounds, readResources, type Resources } from './resources.ts';
import { findToolchain } from './toolchain.ts';

/** A driver that runs what any compiler of CUDA 12 or 13 gives. */
const driver = 13_990;
/** One that no compiler knows gets PTX of the oldest that kernels are built for. */
const unknownArchitecture = 999;

const file = join(buildFolder, 'check-nvrtc.node');
/** In a process for an architecture, its number. */
const asked = process.argv[2];
if (asked === undefined) await buildAddon(file);
const addon = createRequire(import.meta.url)(file) as Addon;
const libraries = process.env['CUDA_LIBRARIES'];
const path = libraries === undefined ? undefined : join(libraries, 'cu13/lib/libnvrtc.so.13');
const found = findLibrary(addon, nvrtc, driver, path);
if (found.library === null) {
  console.error('not run: NVRTC was not found');
  process.exit(2);
}
const compiler = new addon.Nvrtc(found.library);
const header = chainHeader(nativeFolder);

interface Kernel {
  readonly name: string;
  readonly source: string;
}

/** Rows in chains of up to eight, each of which reads the one before it. */
function chainsOfAllRows(): PointwiseProgram[] {
  const names = Object.keys(pointwiseRows);
  const chains: PointwiseProgram[] = [];
  for (let first = 0; first < names.length; first += 8) {
    const rows = names.slice(first, first + 8).map((name, i): ProgramRow => {
      const { inputs, exampleScalars = [] } = pointwiseRows[name]!;
      const operands = [i === 0 ? 0 : 2 + i, 1, 2].slice(0, inputs);
      return { name, operands, scalars: exampleScalars.length };
    });
    chains.push({ inputs: 3, rows, results: [0, rows.length - 1] });
  }
  return chains;
}

function kernelsOfAllRows(): Kernel[] {
  return chainsOfAllRows().flatMap((program) =>
    (['line', 'walk'] as const).flatMap((form) =>
      [false, true].map((isCondition) => {
        const { name, text } = chainSource(program, [isCondition, false, false], form);
        return { name, source: header + text };
      }),
    ),
  );
}

/** What the emulated NVRTC compiled of the present sources. */
function kernelsOfTests(): Kernel[] {
  const kept = globSync('emulated-*/compiled/*.cu', { cwd: buildFolder }).toSorted();
  const sources = new Set(kept.map((each) => readFileSync(join(buildFolder, each), 'utf8')));
  return [...sources]
    .filter((source) => source.startsWith(header))
    .map((source) => ({ name: /chain_[0-9a-f]{16}/.exec(source)![0], source }));
}

const tools = findToolchain();

/** What a multiprocessor gives a kernel, as ptxas tells it of the PTX. */
async function resourcesOf(folder: string, name: string, ptx: Uint8Array): Promise<Resources[]> {
  if (tools === null) return [];
  const source = join(folder, `${name}.ptx`);
  writeFileSync(source, ptx.subarray(0, -1));
  const given = ['-v', '-O3', '-arch=sm_90', source, '-o', `${source}.cubin`];
  return readResources(await run(tools.ptxas, given), 90);
}

/** Compiles all for one architecture, and prints what came of it. */
async function check(architecture: number): Promise<void> {
  const known = architecture === unknownArchitecture ? [80] : compiler.architectures();
  const target = targetFor(known, architecture);
  const [fromRows, fromTests] = [kernelsOfAllRows(), kernelsOfTests()];
  const kernels = [...fromRows, ...fromTests];
  const start = performance.now();
  let largest = 0;
  let mayContract = 0;
  let failed = 0;
  const resources: Resources[] = [];
  const folder = mkdtempSync(join(tmpdir(), 'convnet-nvrtc-'));
  for (const { name, source } of kernels) {
    try {
      const image = compileKernel(compiler, source, name, target);
      largest = Math.max(largest, image.length);
      if (!target.givesPtx) continue;
      // Operations without a rounding, of which ptxas may make one.
      if (/(?:mul|add|sub)\.f32/.test(Buffer.from(image).toString('latin1'))) mayContract++;
      resources.push(...(await resourcesOf(folder, name, image)));
    } catch (error) {
      failed++;
      const { message } = error as Error;
      console.log(JSON.stringify({ target: target.name, kernel: name, error: message }));
    }
  }
  rmSync(folder, { recursive: true });
  const row = {
    nvrtc: found.version,
    architecture,
    target: target.name,
    ofRows: fromRows.length,
    ofTests: fromTests.length,
    failed,
    millisecondsEach: Math.round((performance.now() - start) / kernels.length),
    largestBytes: largest,
  };
  const measured = resources.length > 0 && {
    registers: Math.max(...resources.map(({ registers }) => registers)),
    overBounds: overBounds(resources),
  };
  console.log(JSON.stringify(target.givesPtx ? { ...row, mayContract, ...measured } : row));
}

if (asked !== undefined) await check(Number(asked));
else {
  // A process for each, since the compiler waits.
  const waiting = [...architectures, unknownArchitecture];
  const printed = new Map<number, Promise<{ stdout: string }>>();
  const work = async (): Promise<void> => {
    for (let each = waiting.shift(); each !== undefined; each = waiting.shift()) {
      const child = promisify(execFile)(process.execPath, [import.meta.filename, String(each)]);
      printed.set(each, child);
      await child;
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, work));
  for (const each of [...architectures, unknownArchitecture]) {
    process.stdout.write((await printed.get(each)!).stdout);
  }
}
