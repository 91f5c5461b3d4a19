/**
 * `pnpm check:cudnn`: makes plans with the real cuDNN for a device that is not there, and says which graphs it takes, with what scratch, in
 * what time: a line of JSON for each. Needs g++ and cuDNN from PyPI, and no GPU. Where CUDA's headers are too (`pnpm build:cuda` installs
 * them), what the addon takes cuBLASLt and cuDNN for is compared with theirs.
 *
 *   pnpm check:cudnn --install
 *
 * installs cuDNN, cuBLAS and NVRTC first where they are not installed (1 GB); CUDA_LIBRARIES may name Python's folder `nvidia` with them.
 * CONVNET_CUDNN_DEVICE may name the description of another device than an H100: what cuDNN writes as
 * CUDNN_ATTR_DEVICEPROP_JSON_REPRESENTATION on a machine that has it. Ends with 2 where cuDNN is not there, and with 1 where it takes a
 * graph otherwise than `src/libraries` counts on.
 */

import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { cudnn, findLibrary } from '../src/addon/find-library.ts';
import type { Addon } from '../src/addon/interface.ts';
import { convolutionOf, type Convolution } from '@convnet/tensor-core';
import {
  forwardGraph,
  inputGradGraph,
  weightGradGraph,
} from '../src/libraries/cudnn/convolutions.ts';
import { GraphOfCudnn, textOfPlan, type GraphOperation } from '../src/libraries/cudnn/graph.ts';
import { checkLibraryApis, findLibraries, installLibraries } from './cuda-libraries.ts';
import { buildAddon, buildFolder, nativeFolder } from './native-build.ts';
import { findToolchain } from './toolchain.ts';

if (process.argv.includes('--install') && findLibraries() === null) installLibraries();
const root = findLibraries();
if (root === null) {
  console.error(
    "not run: PyPI's cuDNN is not installed; `pnpm check:cudnn --install` does so (1 GB)",
  );
  process.exit(2);
}
const description =
  process.env['CONVNET_CUDNN_DEVICE'] ?? join(nativeFolder, 'libraries/check/h100.json');

const stub = join(buildFolder, 'stub-driver');
if (process.env['CONVNET_STUB_DRIVER'] === undefined) {
  // cuDNN is linked with a driver, which the loader looks for when the process begins.
  mkdirSync(stub, { recursive: true });
  const source = join(nativeFolder, 'libraries/check/stub-driver.cpp');
  const flags = ['-shared', '-fPIC', '-fvisibility=hidden', '-Wl,-soname,libcuda.so.1'];
  const compiler = process.env['CXX'] ?? 'g++';
  execFileSync(compiler, [...flags, source, '-o', join(stub, 'libcuda.so.1')]);
  const env = { ...process.env, CONVNET_STUB_DRIVER: stub, LD_LIBRARY_PATH: stub };
  const { status } = spawnSync(process.execPath, [import.meta.filename], { env, stdio: 'inherit' });
  process.exit(status ?? 1);
}

const tools = findToolchain();
// Libraries of another release than the toolkit do not compile with its headers.
if (tools !== null && process.env['CUDA_LIBRARIES'] === undefined) checkLibraryApis(tools, root);
else
  console.error(
    'check:cudnn: not compared with headers, because those of the same release are not installed',
  );
const file = join(buildFolder, 'check-cudnn.node');
await buildAddon(file);
const addon = createRequire(import.meta.url)(file) as Addon;
const found = findLibrary(addon, cudnn, 13_000, join(root, 'cudnn/lib/libcudnn.so.9'));
if (found.library === null) throw new Error(JSON.stringify(found.attempts));
const dnn = new addon.Cudnn(null, found.library);
// What later versions of cuDNN ask of a description, where it was written by an older one; those of an H100.
const later = { smCountOrigin: 0, oversizedSharedMemoryPerBlock: 0, memoryBusWidth: 5120 };
const described = JSON.parse(readFileSync(description, 'utf8')) as { readonly deviceName?: string };
const device = JSON.stringify({ ...later, ...described });
const deviceName = described.deviceName ?? 'a device without a name';

/** A convolution whose extents stay, in as many axes as there are extents. */
function convolution(
  batch: number,
  channels: number,
  outputs: number,
  extents: readonly number[],
  taps: number,
  groups = 1,
): Convolution {
  const each = (value: number): number[] => extents.map(() => value);
  const pad = each(Math.floor(taps / 2));
  return convolutionOf(
    'cuda',
    [batch, channels, ...extents],
    [outputs, channels / groups, ...each(taps)],
    [batch, outputs, ...extents],
    { stride: each(1), padBegin: pad, padEnd: pad, dilation: each(1), groups },
  );
}

const bias = { hasBias: true, hasResidual: false, hasRelu: false };
const graphs: Readonly<Record<string, (c: Convolution) => GraphOperation[]>> = {
  forward: (c) => forwardGraph(c, { ...bias, hasBias: false }),
  'forward + bias': (c) => forwardGraph(c, bias),
  'forward + bias + relu': (c) => forwardGraph(c, { ...bias, hasRelu: true }),
  'forward + bias + residual + relu': (c) =>
    forwardGraph(c, { hasBias: true, hasResidual: true, hasRelu: true }),
  'input gradient': inputGradGraph,
  'weight gradient': weightGradGraph,
};
const convolutions: Readonly<Record<string, Convolution>> = {
  '1D 64 -> 64, 1000, 3': convolution(64, 64, 64, [1000], 3),
  '2D 64 -> 64, 56, 3x3': convolution(64, 64, 64, [56, 56], 3),
  '2D 256 -> 64, 56, 1x1': convolution(64, 256, 64, [56, 56], 1),
  '3D 64 -> 64, 8x28, 3x3x3': convolution(4, 64, 64, [8, 28, 28], 3),
  '2D 96, 56, 3x3 depthwise': convolution(64, 96, 96, [56, 56], 3, 96),
};
/** What cuDNN says of a graph: the scratch of each plan, which it takes for the fastest first. */
interface Row {
  readonly cudnn: string | null;
  readonly shape: string;
  readonly tf32: boolean;
  readonly graph: string;
  readonly workspaces: readonly number[];
  readonly firstMilliseconds?: number;
  readonly textBytes?: number;
  readonly error?: string;
}

function plansOf(shape: string, c: Convolution, graph: string, isTf32: boolean): Row {
  const workspaces: number[] = [];
  const row = { cudnn: found.version, shape, tf32: isTf32, graph, workspaces };
  const start = performance.now();
  let [first, textBytes] = [0, 0];
  try {
    const operations = graphs[graph]!(c);
    // As many as would be timed, but of those that are compiled one, which takes seconds.
    const most = operations.length === 1 ? 6 : 1;
    const built = new GraphOfCudnn(dnn, operations, device);
    built.visitPlans({ isDeterministic: true, isTf32 }, (plan) => {
      if (workspaces.length === 0) {
        first = performance.now() - start;
        textBytes = textOfPlan(dnn, plan).length;
      }
      workspaces.push(plan.workspace);
      dnn.destroy(plan.plan);
      return workspaces.length < most;
    });
    built.dispose();
    return { ...row, firstMilliseconds: Math.round(first), textBytes };
  } catch (error) {
    return { ...row, error: (error as Error).message };
  }
}

/** Bytes of scratch that some engine of each convolution does with, as all lie channels last. */
const mostLeast = 2 ** 21;
/** What `cuda()` allows: of fused graphs only the engine that cuDNN takes for the fastest is looked at. */
const mostOfFused = 256 * 2 ** 20;

/** What `src/libraries` counts on and is not so. */
function problemsOf(rows: readonly Row[]): string[] {
  const problems: string[] = [];
  for (const { shape, tf32, graph, workspaces, error } of rows) {
    const name = `${graph}, ${shape}, tf32 ${tf32}`;
    if (error !== undefined) problems.push(`${name}: ${error}`);
    // Depthwise convolutions have kernels of their own, and are asked for to see what there is. In rank 3 no engine adds a residual
    // in ieee float32: own kernels do it.
    const isDepthwise = shape.includes('depthwise');
    const isWithout = shape.startsWith('3D') && !tf32 && graph.includes('residual');
    if (workspaces.length === 0) {
      if (!isDepthwise && !isWithout && error === undefined) {
        problems.push(`${name}: no engine takes it`);
      }
      continue;
    }
    const least = Math.min(...workspaces);
    const limit = graph.includes('+') ? mostOfFused : mostLeast;
    if (!isDepthwise && least > limit) {
      problems.push(`${name}: the least scratch of an engine is ${least} bytes, above ${limit}`);
    }
  }
  return problems;
}

const rows: Row[] = [];
for (const [shape, c] of Object.entries(convolutions)) {
  for (const isTf32 of [false, true]) {
    for (const graph of Object.keys(graphs)) {
      const row = plansOf(shape, c, graph, isTf32);
      console.log(JSON.stringify(row));
      rows.push(row);
    }
  }
}
const problems = problemsOf(rows);
for (const problem of problems) console.error(`check:cudnn: ${problem}`);
console.error(
  `check:cudnn: ${rows.length} graphs with cuDNN ${found.version} for ${deviceName}: ` +
    (problems.length === 0 ? 'as counted on' : `${problems.length} are not as counted on`),
);
process.exitCode = problems.length === 0 ? 0 : 1;
