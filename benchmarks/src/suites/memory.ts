import { ArrayDataset, DataLoader } from '@convnet/data';
import { Adam } from '@convnet/optim';
import { manualSeed, type Device } from '@convnet/tensor-core';
import { fit } from '@convnet/train';

import { models } from '../model-table.ts';
import * as columns from '../report/columns.ts';
import { rowError } from '../report/failures.ts';
import { count } from '../report/format.ts';
import type { MemoryReading, Row } from '../report/row.ts';
import { timingOf } from '../report/timing.ts';
import type { Suite, SuiteContext } from '../suite.ts';

const model = 'lenet5_relu';
const batchSize = 16;
const samples = 1600;
const earlyStep = 10;

/** Trains for a long time and compares what is held early and at the end. */
export const memory: Suite = {
  name: 'memory',
  summary: 'train for 10,000 steps and see that memory stays constant',
  description:
    `Trains ${model} on random images and reads the number of live tensors, their bytes and the bytes taken ` +
    `from the system after step ${earlyStep} and after the last. Where they differ, the exit code is 1.`,
  options: ['steps'],
  columns: [
    columns.model,
    columns.steps,
    columns.buffers,
    columns.liveBytes,
    columns.reservedBytes,
  ],
  async *run(context) {
    const row: Row = {
      suite: memory.name,
      model,
      dims: 2,
      backend: context.device.name,
      threads: context.threads,
      dataset: null,
      inputShape: [batchSize, 1, 28, 28],
      params: null,
      macs: null,
      accuracy: null,
      ms: null,
    };
    yield await train(context, row);
  },
};

async function train({ device, options, signal, progress }: SuiteContext, row: Row): Promise<Row> {
  const { steps = 10_000, seed } = options;
  manualSeed(seed);
  const network = models[model]!({
    dims: 2,
    inChannels: 1,
    numClasses: 10,
    inputSize: [28, 28],
    device,
  });
  const optimizer = new Adam(network.parameters(), { learningRate: 1e-4 });
  const loader = new DataLoader(randomImages(), { batchSize, shuffle: true, seed, device });
  const readings: MemoryReading[] = [];
  const times: number[] = [];
  const stop = new AbortController();
  let last = performance.now();
  try {
    await fit(network, {
      train: loader,
      optimizer,
      epochs: Math.ceil(steps / loader.length),
      checkEvery: earlyStep,
      signal: AbortSignal.any([signal, stop.signal]),
      onStep: ({ epoch, step }) => {
        const done = (epoch - 1) * loader.length + step;
        const now = performance.now();
        times.push(now - last);
        last = now;
        if (done === earlyStep || done === steps) readings.push(read(device, done));
        if (done === steps) stop.abort();
        progress.show([{ label: model, share: done / steps, detail: `step ${count(done)}` }]);
      },
    });
  } catch (error) {
    if (signal.aborted) throw error;
    if (!stop.signal.aborted) return { ...row, error: rowError(error) };
  } finally {
    optimizer.dispose();
    network.dispose();
  }
  const [early, late] = readings as [MemoryReading, MemoryReading];
  const result: Row = { ...row, ms: timingOf(times), memory: { steps, early, late } };
  const grown = growth(early, late);
  return grown === null
    ? result
    : { ...result, error: { name: 'MemoryGrowthError', message: grown } };
}

function read(device: Device, step: number): MemoryReading {
  const { live, reserved } = device.memory();
  return { step, liveBuffers: device.liveBuffers, liveBytes: live, reservedBytes: reserved };
}

/** What differs, in words; null where nothing does. */
export function growth(early: MemoryReading, late: MemoryReading): string | null {
  const changes = (
    [
      ['live tensors', early.liveBuffers, late.liveBuffers],
      ['live bytes', early.liveBytes, late.liveBytes],
      ['reserved bytes', early.reservedBytes, late.reservedBytes],
    ] as const
  ).filter(([, before, after]) => before !== after);
  if (changes.length === 0) return null;
  const told = changes.map(
    ([what, before, after]) => `${count(before)} -> ${count(after)} ${what}`,
  );
  return `from step ${count(early.step)} to step ${count(late.step)}: ${told.join(', ')}`;
}

function randomImages(): ArrayDataset {
  // A linear congruence gives noise enough: nothing is learned from it.
  let state = 1;
  const data = Uint8Array.from({ length: samples * 28 * 28 }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state >>> 24;
  });
  return new ArrayDataset({
    data,
    labels: Int32Array.from({ length: samples }, (_, i) => i % 10),
    inputShape: [1, 28, 28],
    classes: Array.from({ length: 10 }, (_, i) => String(i)),
    scale: 1 / 255,
  });
}
