/*
 * Runs convnet on this machine's NVIDIA GPU beside PyTorch and records what it found, with plain Node and no network:
 *
 *   node benchmarks/src/gpu/record.ts [suite] [pytorch] [families] [rates] [training] [inference] [long] [options]
 *
 * Without names all parts run. Options: --name h100 (the folder under benchmarks/results/recorded; default: the GPU's name),
 * --out folder (in place of that one), --python python3 (default: python3, where it can import torch and sees the GPU), --rounds 5,
 * --turn 1000 (milliseconds), --sweep-step 809, --driver file and --native folder (of `cuda()`), --own (without cuBLASLt, cuDNN and NVRTC).
 * To try the script where there is no GPU: --quick (of networks and kernels the smallest, of cases and families a sample: every so-many-th,
 * as the report says), --pytorch-on-cpu (the same requests to a PyTorch without a GPU; its times say nothing). Each part writes a file
 * as soon as it is done, with what was found and the goals that it is to reach; one that fails writes its error, and the others run.
 */
import { hostname } from 'node:os';
import { parseArgs } from 'node:util';

import { cuda, type CudaDevice, type CudaOptions } from '@convnet/backend-cuda';

import {
  runFamilies,
  runPyTorchCases,
  runSuite,
  type CaseOptions,
  type CaseReport,
} from './correctness.ts';
import {
  deviationLimits,
  goalsOfCases,
  goalsOfFamilies,
  goalsOfInference,
  goalsOfLong,
  goalsOfRates,
  goalsOfTraining,
  type Goal,
  type OnBoth,
} from './goals.ts';
import { inferenceRows, quickRows, trainingRows, type GpuRow } from './networks.ts';
import { openPyTorchOnGpu } from './pytorch-on-gpu.ts';
import { folderOf, recordingOptions, say, sweepStepOf, turnsOf } from './recording-options.ts';
import { runParts, wantedParts, type PartReport, type Parts } from './run-parts.ts';
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

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    ...recordingOptions,
    'pytorch-on-cpu': { type: 'boolean', default: false },
    driver: { type: 'string' },
    native: { type: 'string' },
  },
});
const wanted = wantedParts(positionals, partNames);
const { quick } = options;
const turns = turnsOf(options);

/** With --quick every so-many-th case and family, in the order in which they stand. Primes keep out of step with tables. */
const every = quick
  ? { suite: 29, pytorch: 29, families: 7 }
  : { suite: 1, pytorch: 1, families: 1 };

function open(tf32: boolean, isOwn: boolean = options.own): Promise<CudaDevice> {
  const { driver, native } = options;
  const given: CudaOptions = {
    tf32,
    ...(isOwn && { cublasLt: false, cudnn: false, nvrtc: false }),
    ...(driver !== undefined && { driver }),
    ...(native !== undefined && { nativeFolder: native }),
  };
  return cuda(given);
}

/** A part's report. */
interface Found extends PartReport {
  readonly goals: readonly Goal[];
  readonly found: unknown;
}

/** Runs something on a device of ieee float32, then on one of TF32. */
async function onBoth<Result>(
  run: (device: CudaDevice, tf32: boolean) => Promise<Result>,
): Promise<OnBoth<Result>> {
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
  goalsOf: (timed: readonly TimedRow[]) => Goal[],
): Promise<Found> {
  const timed: TimedRow[] = [];
  const failed: object[] = [];
  await onBoth(async (device, tf32) => {
    for (const row of rows) {
      for (const mode of modes) {
        const name = `${row.model} ${row.dims}D b${row.batch} ${mode} tf32 ${tf32}`;
        try {
          const found = await timeRow(row, mode, device, tf32, peer, turns);
          timed.push(found);
          const ratio =
            found.ratio === null ? '' : `, ${found.ratio.toFixed(2)} times PyTorch's speed`;
          say(`${name}: ${found.own.toFixed(2)} ms${ratio}`);
        } catch (error) {
          failed.push({ ...row, mode, tf32, error: (error as Error).message });
          say(`${name}: ${(error as Error).message}`);
        }
      }
    }
  });
  const found = [...timed, ...failed];
  // What failed is no row that may be left out of a mean.
  const goals = failed.length === 0 ? goalsOf(timed) : [];
  return { goals, found };
}

async function allRates(): Promise<Found> {
  const rates: Rate[] = [];
  const sizes = quick ? [64] : [512, 1024, 4096, 8192];
  const shapes = quick
    ? [{ batch: 1, channels: 8, filters: 8, extent: 8, kernel: 3, stride: 1, padding: 1 }]
    : convShapes;
  for (const isOwn of [false, true]) {
    for (const tf32 of [false, true]) {
      const device = await open(tf32, isOwn || options.own);
      const on = { device, tf32, isOwn };
      try {
        for (const size of sizes) rates.push(await rateProduct(size, on, peer));
        for (const shape of shapes) rates.push(await rateConv(shape, on, peer));
      } finally {
        device.dispose();
      }
    }
  }
  for (const { what, tf32, isOwn, own, ratio } of rates) {
    const by = isOwn ? ', own kernel' : '';
    const beside = ratio === null ? '' : `, ${ratio.toFixed(2)} of PyTorch's`;
    say(`${what} tf32 ${tf32}${by}: ${own.toFixed(1)} TFLOP/s${beside}`);
  }
  return { goals: goalsOfRates(rates), found: rates };
}

async function longTraining(): Promise<Found> {
  const device = await open(false);
  try {
    const run = await runLong({ ...quickRows[0]!, batch: 64 }, device, quick ? 20 : 5000);
    return { goals: goalsOfLong(run), found: run };
  } finally {
    device.dispose();
  }
}

async function families(): Promise<Found> {
  const found = await onBoth((device) =>
    runFamilies(
      device,
      ({ family, dims, model, eval: evaluated, gradients }) =>
        say(
          `${family} ${model} ${dims}D: eval ${evaluated.toExponential(1)}, gradients ${gradients.toExponential(1)}`,
        ),
      every.families,
    ),
  );
  return { goals: goalsOfFamilies(found), found: { every: every.families, ...found } };
}

async function cases(
  every: number,
  run: (device: CudaDevice, options: CaseOptions) => Promise<CaseReport>,
): Promise<Found> {
  const found = await onBoth((device, tf32) =>
    run(device, { every, ...(tf32 && { looser: deviationLimits.tf32 }) }),
  );
  return { goals: goalsOfCases(found), found };
}

const { peer, description } = await openPyTorchOnGpu(
  options.python,
  options['pytorch-on-cpu'] ? ['--cpu'] : [],
);

/** Says of a part's goals which are met. */
function sayGoals(part: string, { goals }: Found): void {
  for (const { what, wanted, found, met } of goals) {
    const verdict = met === null ? 'not measured' : met ? 'met' : 'NOT MET';
    say(`${part}: ${what}: ${found ?? '-'}, wanted ${wanted}: ${verdict}`);
  }
}

const parts: Parts<(typeof partNames)[number], Found> = {
  suite: () => cases(every.suite, (device, how) => runSuite(device, sweepStepOf(options), how)),
  pytorch: () => cases(every.pytorch, runPyTorchCases),
  families,
  rates: allRates,
  training: () => timeRows(quick ? quickRows : trainingRows, ['eager', 'graph'], goalsOfTraining),
  inference: () => timeRows(quick ? quickRows : inferenceRows, ['infer'], goalsOfInference),
  long: longTraining,
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
const folder = folderOf(options, gpuName);
say(`${machine.gpu}; PyTorch: ${JSON.stringify(description)}; into ${folder}`);
const failed = await runParts(parts, wanted, {
  folder,
  prefix: 'cuda',
  machine,
  isSample: quick,
  say,
  onReport: sayGoals,
});
peer?.close();
if (failed.length > 0) {
  say(`failed: ${failed.join(', ')}`);
  process.exitCode = 1;
}
