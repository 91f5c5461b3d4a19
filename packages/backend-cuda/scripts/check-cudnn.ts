/**
 * Makes plans with the real cuDNN for a device that is not there: which graphs it takes, with what scratch, in what time. Needs cuDNN
 * from PyPI (`pnpm build:cuda --libraries`, or CUDA_LIBRARIES with Python's folder `nvidia`) and a device's description, which
 * CONVNET_CUDNN_DEVICE names: what cuDNN writes as CUDNN_ATTR_DEVICEPROP_JSON_REPRESENTATION on a machine that has it.
 *
 *   CONVNET_CUDNN_DEVICE=h100.json node packages/backend-cuda/scripts/check-cudnn.ts
 *
 * Prints a line of JSON for each graph; ends with 2 where something is not there.
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
import { findLibraries } from './cuda-libraries.ts';
import { buildAddon, buildFolder, nativeFolder } from './native-build.ts';

const root = findLibraries();
const description = process.env['CONVNET_CUDNN_DEVICE'];
if (root === null || description === undefined) {
  const missing =
    root === null ? "PyPI's cuDNN is not installed" : 'CONVNET_CUDNN_DEVICE is not set';
  console.error(`not run: ${missing}`);
  process.exit(2);
}

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

const file = join(buildFolder, 'check-cudnn.node');
await buildAddon(file);
const addon = createRequire(import.meta.url)(file) as Addon;
const found = findLibrary(addon, cudnn, 13_000, join(root, 'cudnn/lib/libcudnn.so.9'));
if (found.library === null) throw new Error(JSON.stringify(found.attempts));
const dnn = new addon.Cudnn(null, found.library);
// What later versions of cuDNN ask of a description, where it was written by an older one; those of an H100.
const later = { smCountOrigin: 0, oversizedSharedMemoryPerBlock: 0, memoryBusWidth: 5120 };
const device = JSON.stringify({
  ...later,
  ...(JSON.parse(readFileSync(description, 'utf8')) as object),
});

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
for (const [shape, c] of Object.entries(convolutions)) {
  for (const isTf32 of [false, true]) {
    for (const [graph, operationsOf] of Object.entries(graphs)) {
      const workspaces: number[] = [];
      const row = { cudnn: found.version, shape, tf32: isTf32, graph };
      let textBytes = 0;
      const start = performance.now();
      let first = 0;
      try {
        const operations = operationsOf(c);
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
        const firstMilliseconds = Math.round(first);
        console.log(JSON.stringify({ ...row, workspaces, firstMilliseconds, textBytes }));
      } catch (error) {
        console.log(JSON.stringify({ ...row, workspaces, error: (error as Error).message }));
      }
    }
  }
}
