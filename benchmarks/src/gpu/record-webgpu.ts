/*
 * Runs convnet through WebGPU (Dawn) on this machine's GPU beside onnxruntime-web, jax-js and PyTorch, and records what it found,
 * with plain Node and no network:
 *
 *   WEBGPU_PACKAGE=folder node benchmarks/src/gpu/record-webgpu.ts [suite] [pytorch] [families] [first] [rates] [training]
 *     [inference] [host] [long] [options]
 *
 * WEBGPU_PACKAGE is the folder of the npm package `webgpu`, or DAWN its file dawn.node. Without names all parts run. Options:
 * --name h100 (the folder under benchmarks/results/recorded; default: the adapter's name), --out folder (in place of that one),
 * --python python3 (default: python3, where it can import torch and sees the GPU), --rounds 5, --turn 1000 (milliseconds),
 * --sweep-step 809, --quick (the smallest work, to try the script), --own (convnet alone). Each part writes a file as soon as it is done; one that fails
 * writes its error, and the others run. onnxruntime-web and jax-js are taken from `benchmarks/.peers`, where `pnpm bench inference
 * --peers` and `pnpm bench kernels --peers` put them (with WEBGPU_PACKAGE and --backend webgpu), or from npm.
 */
import { execFile } from 'node:child_process';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { parseArgs, promisify } from 'node:util';

import type { WebGpuDevice } from '@convnet/backend-webgpu';

import { AbsentDeviceError } from '../devices/absent-device-error.ts';
import { openDevice } from '../devices/open-device.ts';
import { inferenceNetworks } from '../inference/networks.ts';
import { kernelLibraries, openKernelLibrary } from '../peers/kernel-libraries.ts';
import { onnxruntime } from '../peers/onnxruntime.ts';
import { openPeers } from '../peers/open-peers.ts';
import { geometricMean } from '../report/geometric-mean.ts';
import { runFamilies, runPyTorchCases, runSuite } from './correctness.ts';
import { quickRows, webgpuTrainingRows, type GpuRow } from './networks.ts';
import { openPyTorchOnGpu } from './pytorch-on-gpu.ts';
import { folderOf, recordingOptions, say, sweepStepOf, turnsOf } from './recording-options.ts';
import { runParts, wantedParts, type Parts } from './run-parts.ts';
import { timeRow, type GpuMode } from './timings.ts';
import { measureHostCost, type HostCost } from './webgpu/host-cost.ts';
import { timeInference, type InferenceRow } from './webgpu/inference-rows.ts';
import { measureRate, type KernelRate } from './webgpu/kernel-rates.ts';
import { quickKernels, ratedKernels } from './webgpu/kernels.ts';
import { trainLong } from './webgpu/long-training.ts';
import { provideDawn } from './webgpu/provide-dawn.ts';

const partNames = [
  'suite',
  'pytorch',
  'families',
  'first',
  'rates',
  'training',
  'inference',
  'host',
  'long',
] as const;

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: recordingOptions,
});
const wanted = wantedParts(positionals, partNames);
const { own, quick } = options;
const turns = turnsOf(options);

/** How far a family may be from PyTorch's numbers. */
const familyLimit = 1e-3;

await provideDawn();

/** Runs something on a device of its own. */
async function onDevice<Result>(run: (device: WebGpuDevice) => Promise<Result>): Promise<Result> {
  const { device } = await openDevice('webgpu');
  try {
    return await run(device as WebGpuDevice);
  } finally {
    device.dispose();
  }
}

/** Runs something for each of a list; what fails is named, and the others run. */
async function each<Item, Result>(
  items: readonly Item[],
  nameOf: (item: Item) => string,
  run: (item: Item) => Promise<Result>,
): Promise<(Result | { readonly what: string; readonly error: string })[]> {
  const results: (Result | { readonly what: string; readonly error: string })[] = [];
  for (const item of items) {
    try {
      results.push(await run(item));
    } catch (error) {
      const failure = { what: nameOf(item), error: String(error) };
      say(`${failure.what}: ${failure.error}`);
      results.push(failure);
    }
  }
  return results;
}

const times = (ratio: number | null, whose: string): string =>
  ratio === null ? '' : `, ${ratio.toFixed(2)} times ${whose}`;

async function families() {
  const found = await onDevice((device) =>
    runFamilies(device, ({ family, model, dims, eval: evaluated, gradients }) =>
      say(
        `${family} ${model} ${dims}D: eval ${evaluated.toExponential(1)}, gradients ${gradients.toExponential(1)}`,
      ),
    ),
  );
  const beyond = found.filter((row) =>
    [row.eval, row.train, row.gradients, row.statistics].some((value) => !(value <= familyLimit)),
  );
  return {
    limit: familyLimit,
    beyond: beyond.map(({ model, dims }) => `${model} ${dims}D`),
    found,
  };
}

const firstScript = join(import.meta.dirname, 'webgpu', 'first-inference.ts');

/** Each in a process of its own; the driver's cache of shaders, where it keeps one on disk, is off. */
async function firstInferences() {
  const names = quick ? ['squeezenet1_1'] : ['resnet18', 'mobilenet_v2', 'resnet50'];
  const env = { ...process.env, __GL_SHADER_DISK_CACHE: '0' };
  return each(
    names,
    (name) => name,
    async (name) => {
      const { stdout } = await promisify(execFile)(process.execPath, [firstScript, name], { env });
      const found = { model: name, ...(JSON.parse(stdout) as { readonly firstMs: number }) };
      say(`${name}: ${found.firstMs.toFixed(0)} ms to the first logits`);
      return found;
    },
  );
}

async function rates() {
  const libraries = kernelLibraries('webgpu').map((library) => ({
    title: library.name,
    open: () => openKernelLibrary(library),
  }));
  using peers = await openPeers(own ? [] : libraries, say);
  const effort = quick ? { turns: 1, calls: 1 } : { turns: turns.rounds, calls: 20 };
  return await onDevice((device) =>
    each(
      quick ? quickKernels : ratedKernels,
      ({ what }) => what,
      async (kernel): Promise<KernelRate> => {
        const rate = await measureRate(kernel, device, peers.list[0] ?? null, effort);
        const goal = rate.goal === null ? '' : ` (goal on an H100: ${rate.goal})`;
        say(`${rate.what}: ${rate.own.toFixed(2)} TFLOP/s${times(rate.ratio, "jax-js'")}${goal}`);
        return rate;
      },
    ),
  );
}

/** Training steps beside PyTorch's, where that sees the GPU. */
async function training() {
  const { peer, description: pytorch } = own
    ? { peer: null, description: 'not run: --own' }
    : await openPyTorchOnGpu(options.python);
  const rows = (quick ? quickRows : webgpuTrainingRows).flatMap((row) =>
    (['eager', 'graph'] as const).map((mode) => [row, mode] as const),
  );
  const nameOf = ([{ model, dims, batch }, mode]: readonly [GpuRow, GpuMode]): string =>
    `${model} ${dims}D b${batch} ${mode}`;
  try {
    const found = await onDevice((device) =>
      each(rows, nameOf, async ([row, mode]) => {
        const timed = await timeRow(row, mode, device, false, peer, turns);
        say(
          `${nameOf([row, mode])}: ${timed.own.toFixed(2)} ms${times(timed.ratio, "PyTorch's speed")}`,
        );
        return timed;
      }),
    );
    return { pytorch, found };
  } finally {
    peer?.close();
  }
}

/** The networks of `pnpm bench inference` on images, at one and at 32, beside onnxruntime-web. */
async function inference() {
  const networks = quick
    ? inferenceNetworks.filter(({ name }) => name === 'squeezenet1_1')
    : inferenceNetworks.filter(({ inputShape }) => inputShape.length === 4);
  const form = { package: 'onnxruntime-web', provider: 'webgpu' } as const;
  const title = 'onnxruntime-web';
  const libraries = own ? [] : [{ title, open: () => onnxruntime(form, 1) }];
  using peers = await openPeers(libraries, say);
  const rows = networks.flatMap((network) =>
    (quick ? [1] : [1, 32]).map((batch) => [network, batch] as const),
  );
  const found = await onDevice((device) =>
    each(
      rows,
      ([{ name }, batch]) => `${name} b${batch}`,
      async ([network, batch]): Promise<InferenceRow> => {
        const row = await timeInference(network, batch, device, peers.list[0] ?? null, turns);
        const ms = row.own.median.toFixed(2);
        say(`${row.model} b${batch}: ${ms} ms${times(row.ratio, `${title}'s speed`)}`);
        return row;
      },
    ),
  );
  const meanAt = (batch: number): number | null => {
    const ratios = found.flatMap((row) =>
      'error' in row || row.batch !== batch || row.ratio === null ? [] : [row.ratio],
    );
    return ratios.length === 0 ? null : geometricMean(ratios);
  };
  return { geometricMeans: { b1: meanAt(1), b32: meanAt(32) }, found };
}

async function hostCosts() {
  const small: GpuRow = { ...quickRows[0]!, batch: 2 };
  const image: GpuRow = { ...webgpuTrainingRows[0]!, batch: 2, inputShape: [3, 64, 64] };
  const rows = (quick ? [small] : [small, image]).flatMap((row) =>
    (['graph', 'eager', 'infer'] as const).map((mode) => [row, mode] as const),
  );
  return onDevice((device) =>
    each(
      rows,
      ([{ model }, mode]) => `${model} ${mode}`,
      async ([row, mode]): Promise<HostCost> => {
        const cost = await measureHostCost(row, mode, device, quick ? 2 : 50);
        const ofEach = cost.microsecondsOfDispatch.toFixed(2);
        say(
          `${row.model} ${mode}: ${ofEach} µs of the host for each of ${cost.dispatches} dispatches`,
        );
        return cost;
      },
    ),
  );
}

async function longTraining() {
  const found = await onDevice((device) => trainLong(quickRows[0]!, device, quick ? 60 : 2000));
  say(`${found.steps} steps: memory ${found.others.length === 0 ? 'stays' : 'changes'}`);
  return found;
}

const reporting = (run: () => Promise<unknown>) => async () => ({ found: await run() });

const parts: Parts<(typeof partNames)[number]> = {
  suite: reporting(() => onDevice((device) => runSuite(device, sweepStepOf(options)))),
  pytorch: reporting(() => onDevice((device) => runPyTorchCases(device))),
  families: reporting(families),
  first: reporting(firstInferences),
  rates: reporting(rates),
  training: reporting(training),
  inference: reporting(inference),
  host: reporting(hostCosts),
  long: reporting(longTraining),
};

const description = await onDevice((device) => Promise.resolve(String(device))).catch(
  (error: unknown) => {
    if (!(error instanceof AbsentDeviceError)) throw error;
    process.stderr.write(`${error.message}\n`);
    return process.exit(1);
  },
);
const machine = { gpu: description, host: hostname(), node: process.version };
const adapter = /\((.*)\)/.exec(description)?.[1] ?? description;
const folder = folderOf(options, adapter);
say(`${description}; into ${folder}`);
const failed = await runParts(parts, wanted, {
  folder,
  prefix: 'webgpu',
  machine,
  isSample: quick,
  say,
});
// Dawn would keep the process.
process.stdout.write(failed.length === 0 ? '' : `failed: ${failed.join(', ')}\n`, () =>
  process.exit(failed.length === 0 ? 0 : 1),
);
