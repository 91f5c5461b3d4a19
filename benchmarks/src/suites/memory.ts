import { ArrayDataset, DataLoader } from '@convnet/data';
import { useHashedWeights } from '@convnet/model-testing/hashed';
import { Adam } from '@convnet/optim';
import { manualSeed, type Device } from '@convnet/tensor-core';
import { fit } from '@convnet/train';
import { vgg16 } from '@convnet/vgg';

import { openDevice } from '../devices/open-device.ts';
import { inferencePeak } from '../memory/inference-peak.ts';
import { ownTraining, trainingGrowth } from '../memory/training-growth.ts';
import { models } from '../model-table.ts';
import { pytorches } from '../peers/pytorch.ts';
import { blankRow } from '../report/blank-row.ts';
import { rowError } from '../report/failures.ts';
import { count, digits, extents, fixed } from '../report/format.ts';
import type { MemoryReading, PeakMemory, Row } from '../report/row.ts';
import { timingOf } from '../report/timing.ts';
import type { Suite, SuiteContext } from '../suite.ts';

const model = 'lenet5_relu';
const batchSize = 16;
const samples = 1600;
const earlyStep = 10;

const image = [1, 3, 224, 224];
const batchOfImages = {
  model: 'resnet18',
  dims: 2,
  batch: 8,
  inputShape: [3, 224, 224],
  numClasses: 1000,
} as const;

const megabytes = (bytes: number | null | undefined): string =>
  digits(bytes === null || bytes === undefined ? bytes : bytes / 1e6);

type Part = (context: SuiteContext) => AsyncIterable<Row>;

/** What is measured, by the name of its network. */
const parts: Readonly<Record<string, Part>> = {
  [model]: constantTraining,
  vgg16: peakOfInference,
  resnet18: peakOfTraining,
};

/** Sees that memory stays constant, and how much of it there is at most. */
export const memory: Suite = {
  name: 'memory',
  summary: 'see that memory stays constant over 10,000 steps, and its peaks',
  description:
    `Trains ${model} on random images and reads the number of live tensors, their bytes and the bytes taken ` +
    `from the system after step ${earlyStep} and after the last. Where they differ, the exit code is 1. Then two ` +
    'peaks: the bytes that a fresh device takes from the system for the compiled inference of vgg16 on one image, its weights uploaded, ' +
    'next to its weights and the two largest outputs of its operations; and the resident memory of a process that ' +
    'trains resnet18 on 8 images of 224×224 with captured steps, from before the network is built to the peak within ' +
    'three steps, next to that of a process that runs them operation by operation. ' +
    'With --peers, PyTorch does the same in processes of its own, one for each version that is found ' +
    '(see the suite training); Linux tells the resident memory of both.',
  options: ['models', 'steps', 'peers'],
  modelNames: Object.keys(parts),
  columns: [
    { title: ['what'], align: 'left', cell: (row) => row.model },
    { title: ['input'], align: 'left', cell: (row) => extents(row.inputShape) },
    { title: ['MB'], align: 'right', cell: ({ peak }) => megabytes(peak?.bytes) },
    { title: ['next to'], align: 'left', cell: ({ peak }) => peak?.yardstick ?? '–' },
    { title: ['its MB'], align: 'right', cell: ({ peak }) => megabytes(peak?.yardstickBytes) },
    { title: ['ratio'], align: 'right', cell: ({ peak }) => fixed(peak?.ratio ?? undefined) },
  ],
  async *run(context) {
    for (const [name, part] of Object.entries(parts)) {
      if (context.options.models?.includes(name) === false) continue;
      context.signal.throwIfAborted();
      yield* part(context);
    }
  },
};

function emptyRow(context: SuiteContext, name: string, inputShape: readonly number[]): Row {
  return blankRow(context, {
    suite: memory.name,
    model: name,
    dims: null,
    inputShape,
  });
}

function compared(bytes: number, yardstick: string, yardstickBytes: number): PeakMemory {
  return { bytes, yardstick, yardstickBytes, ratio: bytes / yardstickBytes };
}

async function* constantTraining(context: SuiteContext): AsyncGenerator<Row> {
  yield await train(context, emptyRow(context, `${model}, long run`, [batchSize, 1, 28, 28]));
}

async function* peakOfInference(context: SuiteContext): AsyncGenerator<Row> {
  const { device, threads, options, progress } = context;
  const row = emptyRow(context, 'vgg16, inference', image);
  progress.note('Loading vgg16 on a fresh device');
  try {
    const { device: fresh } = await openDevice(device.name, {
      threads,
      revectorize: options.revectorize,
    });
    try {
      const blueprint = vgg16();
      // Uploaded, as those of a file are: weights that are drawn on the device take more on the way.
      useHashedWeights(blueprint);
      const { reserved, least } = await inferencePeak(blueprint, image, fresh);
      yield { ...row, peak: compared(reserved, 'weights, two outputs', least) };
    } finally {
      fresh.dispose();
    }
  } catch (error) {
    yield { ...row, error: rowError(error) };
  }
}

async function* peakOfTraining(context: SuiteContext): AsyncGenerator<Row> {
  const { device, threads, options, progress, signal, note } = context;
  const { batch, inputShape } = batchOfImages;
  const row = emptyRow(context, 'resnet18, training', [batch, ...inputShape]);
  const spec = { ...batchOfImages, threads };
  const peers = options.peers === true ? await pytorches(threads, note) : [];
  const own = ownTraining(device.name, threads, options.revectorize);
  const eager = ownTraining(device.name, threads, options.revectorize, 'eager');
  try {
    progress.note('Training resnet18 in a process of its own');
    const bytes = await trainingGrowth(own, spec);
    if (bytes === null) {
      note('Not run: the resident memory of training. The system does not tell it.');
      return;
    }
    yield { ...row, peak: compared(bytes, 'not captured', (await trainingGrowth(eager, spec))!) };
    for (const peer of peers) {
      signal.throwIfAborted();
      const name = `${peer.name} ${peer.version}`;
      progress.note(`Training resnet18 with ${name}`);
      const theirs = await trainingGrowth(peer, spec);
      if (theirs === null) note(`Not run: ${name} on resnet18, not built there.`);
      else yield { ...row, peak: compared(bytes, name, theirs) };
    }
  } catch (error) {
    if (signal.aborted) throw error;
    yield { ...row, error: rowError(error) };
  } finally {
    for (const training of [own, eager, ...peers]) training.close();
  }
}

async function train(
  { device, options, signal, progress, note }: SuiteContext,
  row: Row,
): Promise<Row> {
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
  const result: Row = {
    ...row,
    ms: timingOf(times),
    memory: { steps, early, late },
    peak: compared(late.reservedBytes, `after step ${earlyStep}`, early.reservedBytes),
  };
  note(
    `${row.model}: after step ${earlyStep} ${held(early)}; after step ${count(steps)} ${held(late)}.`,
  );
  const grown = growth(early, late);
  return grown === null
    ? result
    : { ...result, error: { name: 'MemoryGrowthError', message: grown } };
}

function read(device: Device, step: number): MemoryReading {
  const { live, reserved } = device.memory();
  return { step, liveBuffers: device.liveBuffers, liveBytes: live, reservedBytes: reserved };
}

function held({ liveBuffers, liveBytes, reservedBytes }: MemoryReading): string {
  return (
    `${count(liveBuffers)} live tensors of ${count(liveBytes)} bytes, ` +
    `${count(reservedBytes)} bytes reserved`
  );
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
