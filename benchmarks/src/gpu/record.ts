/*
 * Runs convnet on this machine's NVIDIA GPU beside PyTorch and records what it found, with plain Node and no network:
 *
 *   node benchmarks/src/gpu/record.ts [suite] [pytorch] [families] [rates] [training] [inference] [long] [options]
 *
 * Without names all parts run. Options: --name h100 (the folder under benchmarks/results/recorded; default: the GPU's name),
 * --out folder (in place of that one), --python python3 (default: python3, where it can import torch and sees the GPU), --rounds 5,
 * --turn 1000 (milliseconds), --sweep-step 809, --quick (the smallest work, to try the script), --driver file and --native folder
 * (of `cuda()`). Each part writes a file as soon as it is done.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

import { cuda, type CudaDevice, type CudaOptions } from '@convnet/backend-cuda';

import { LineProcess } from '../peers/line-process.ts';
import { runFamilies, runPyTorchCases, runSuite } from './correctness.ts';
import { inferenceRows, quickRows, trainingRows, type GpuRow } from './networks.ts';
import { convShapes, rateConv, rateProduct, type Rate } from './rates.ts';
import { runLong, timeRow, type GpuMode, type TimedRow } from './timings.ts';

const partNames = [
  'suite',
  'pytorch',
  'families',
  'rates',
  'training',
  'inference',
  'long',
] as const;
type PartName = (typeof partNames)[number];

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    name: { type: 'string' },
    out: { type: 'string' },
    python: { type: 'string', default: 'python3' },
    rounds: { type: 'string', default: '5' },
    turn: { type: 'string', default: '1000' },
    'sweep-step': { type: 'string', default: '809' },
    quick: { type: 'boolean', default: false },
    driver: { type: 'string' },
    native: { type: 'string' },
  },
});
for (const name of positionals) {
  if (!(partNames as readonly string[]).includes(name)) {
    throw new Error(`there is no part '${name}'; the parts are ${partNames.join(', ')}`);
  }
}
const wanted = (positionals.length > 0 ? positionals : partNames) as readonly PartName[];
const { quick } = options;
const turns = quick
  ? { rounds: 1, turnMs: 1 }
  : { rounds: Number(options.rounds), turnMs: Number(options.turn) };

const say = (line: string): boolean => process.stdout.write(`${line}\n`);

function open(tf32: boolean): Promise<CudaDevice> {
  const { driver, native } = options;
  const given: CudaOptions = {
    tf32,
    ...(driver !== undefined && { driver }),
    ...(native !== undefined && { nativeFolder: native }),
  };
  return cuda(given);
}

/** PyTorch on the GPU, or null where there is none. */
async function openPeer(): Promise<{ peer: LineProcess | null; description: object | string }> {
  const script = join(import.meta.dirname, '../peers/pytorch-gpu-steps.py');
  const peer = new LineProcess(options.python, [script], {});
  try {
    return { peer, description: await peer.ask<object>({ device: true }) };
  } catch (error) {
    peer.close();
    return { peer: null, description: `not run: ${(error as Error).message}` };
  }
}

/** Runs something on a device of ieee float32, then on one of TF32. */
async function onBoth<Result>(
  run: (device: CudaDevice, tf32: boolean) => Promise<Result>,
): Promise<{ float32: Result; tf32: Result }> {
  const results: Result[] = [];
  for (const tf32 of [false, true]) {
    const device = await open(tf32);
    try {
      results.push(await run(device, tf32));
    } finally {
      device.dispose();
    }
  }
  return { float32: results[0]!, tf32: results[1]! };
}

async function timeRows(
  rows: readonly GpuRow[],
  modes: readonly GpuMode[],
  peer: LineProcess | null,
) {
  const timed: (TimedRow | { model: string; mode: GpuMode; tf32: boolean; error: string })[] = [];
  await onBoth(async (device, tf32) => {
    for (const row of rows) {
      for (const mode of modes) {
        try {
          const found = await timeRow(row, mode, device, tf32, peer, turns);
          timed.push(found);
          const ratio =
            found.ratio === null ? '' : `, ${found.ratio.toFixed(2)} times PyTorch's speed`;
          say(
            `${row.model} ${row.dims}D b${row.batch} ${mode} tf32 ${tf32}: ${found.own.toFixed(2)} ms${ratio}`,
          );
        } catch (error) {
          const text = (error as Error).message;
          timed.push({ model: row.model, mode, tf32, error: text });
          say(`${row.model} ${row.dims}D b${row.batch} ${mode} tf32 ${tf32}: ${text}`);
        }
      }
    }
  });
  return timed;
}

async function allRates(peer: LineProcess | null): Promise<Rate[]> {
  const rates: Rate[] = [];
  const sizes = quick ? [64] : [512, 1024, 4096, 8192];
  const shapes = quick
    ? [{ batch: 1, channels: 8, filters: 8, extent: 8, kernel: 3, stride: 1, padding: 1 }]
    : convShapes;
  await onBoth(async (device, tf32) => {
    for (const size of sizes) rates.push(await rateProduct(size, device, tf32, peer));
    for (const shape of shapes) rates.push(await rateConv(shape, device, tf32, peer));
  });
  for (const { what, tf32, own, ratio } of rates) {
    say(
      `${what} tf32 ${tf32}: ${own.toFixed(1)} TFLOP/s${ratio === null ? '' : `, ${ratio.toFixed(2)} of PyTorch's`}`,
    );
  }
  return rates;
}

const { peer, description } = await openPeer();

const parts: Readonly<Record<PartName, () => Promise<unknown>>> = {
  suite: () =>
    onBoth((device) => runSuite(device, quick ? 100_000 : Number(options['sweep-step']))),
  pytorch: () => onBoth((device) => runPyTorchCases(device)),
  families: () =>
    onBoth((device) =>
      runFamilies(device, (found) => {
        const { family, dims, model } = found;
        say(
          `${family} ${model} ${dims}D: eval ${found.eval.toExponential(1)}, gradients ${found.gradients.toExponential(1)}`,
        );
      }),
    ),
  rates: () => allRates(peer),
  training: () => timeRows(quick ? quickRows : trainingRows, ['eager', 'graph'], peer),
  inference: () => timeRows(quick ? quickRows : inferenceRows, ['infer'], peer),
  long: async () => {
    const device = await open(false);
    try {
      return await runLong({ ...quickRows[0]!, batch: 64 }, device, quick ? 20 : 5000);
    } finally {
      device.dispose();
    }
  },
};

const probe = await open(false);
const machine = {
  gpu: String(probe),
  host: hostname(),
  node: process.version,
  pytorch: description,
};
const gpuName = /\((.*), device/.exec(String(probe))![1]!;
probe.dispose();
const folder =
  options.out ??
  join(
    import.meta.dirname,
    '../../results/recorded',
    options.name ?? gpuName.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-'),
  );
await mkdir(folder, { recursive: true });
say(`${machine.gpu}; PyTorch: ${JSON.stringify(description)}; into ${folder}`);
for (const part of wanted) {
  const start = performance.now();
  const found = await parts[part]();
  const seconds = Math.round((performance.now() - start) / 1000);
  const report = { part, machine, date: new Date().toISOString(), seconds, found };
  await writeFile(join(folder, `cuda-${part}.json`), `${JSON.stringify(report, null, 2)}\n`);
  say(`${part}: done in ${seconds} s`);
}
peer?.close();
