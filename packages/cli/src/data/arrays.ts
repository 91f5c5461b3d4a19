import { readFile } from 'node:fs/promises';

import { image, type Image } from '@convnet/data/image';
import { recordingOf, SignalError, treatMissing, type Recording } from '@convnet/data/signal';
import { openNumpy } from '@convnet/weights';

import { CliError, messageOf, UsageError } from '../errors.ts';
import type { Task } from '../task.ts';
import type { DataContent } from './folder.ts';
import type { RawSet, RawSplit, Target } from './opened-data.ts';
import { channelsOf } from './recording-file.ts';
import type { DataRequest } from './request.ts';
import { split } from './split.ts';
import { scaleTargets } from './targets.ts';

/** Endings of files that hold arrays of NumPy. */
export const arrayEndings: readonly string[] = ['.npy', '.npz'];

interface HostValues {
  /** What errors call it. */
  readonly name: string;
  readonly shape: readonly number[];
  readonly data: ArrayLike<number>;
  readonly isBytes: boolean;
}

/** Samples and what is to be said of them, as arrays. */
interface ArrayPair {
  readonly samples: HostValues;
  readonly labels: HostValues;
}

/**
 * Arrays of NumPy: signals [N, length] or [N, channels, length], or pictures of bytes [N, H, W], [N, H, W, C] or
 * [N, C, H, W], with labels [N], or with targets [N] or [N, K] of fractions. They are files (--labels, --test-data,
 * --test-labels), or one .npz with x and y, or x_train, y_train, x_test and y_test.
 * @throws CliError, UsageError for arrays that are not so.
 */
export async function openArrays(path: string, request: DataRequest): Promise<DataContent> {
  const pairs = await readPairs(path, request);
  const { train, test } = pairs;
  for (const { samples, labels } of [train, test]) {
    if (samples.shape[0] === labels.shape[0]) continue;
    throw new CliError(
      `expected a label for each of ${samples.shape[0]} samples in ${samples.name}, got ${labels.shape[0]} in ${labels.name}`,
    );
  }
  const rank = train.samples.shape.length;
  const isPictures = rank === 4 || (rank === 3 && request.dims === 2);
  if (isPictures) {
    return { kind: 'image', sets: divided(pairs, pictureOf, request) };
  }
  return { kind: 'signal', sets: divided(pairs, signalOf(request), request) };
}

type SampleOf<From> = (samples: HostValues, index: number) => From;

interface ArraySplit {
  readonly train: ArrayPair;
  /** The same as `train` where it is to be cut in two. */
  readonly test: ArrayPair;
}

function divided<From>(
  { train, test }: ArraySplit,
  sampleOf: SampleOf<From>,
  request: DataRequest,
): RawSplit<From> {
  const { task, targetsOf, notes } = targetsIn(train.labels, test.labels, request);
  const names = Array.from({ length: train.samples.shape[0]! }, (_, i) => nameOf(train, i));
  const known = task.kind === 'classification' ? targetsOf(train.labels) : undefined;
  const parts =
    train === test
      ? split({ names, ...(known && { labels: known as readonly number[] }) }, request)
      : { train: null, test: null };
  const set = (pair: ArrayPair, indices: readonly number[] | null): RawSet<From> => {
    const targets = targetsOf(pair.labels);
    const numberOf = (i: number): number => indices?.[i] ?? i;
    const length = indices?.length ?? pair.samples.shape[0]!;
    const labels = Array.from({ length }, (_, i) => targets[numberOf(i)]!);
    return {
      length,
      ...(task.kind === 'classification'
        ? { classes: task.classes, labels: labels as number[] }
        : {}),
      nameOf: (i) => nameOf(pair, numberOf(i)),
      get: (i) => [sampleOf(pair.samples, numberOf(i)), labels[i]!] as const,
    };
  };
  return {
    train: set(train, parts.train),
    test: set(test, parts.test),
    task,
    notes,
  };
}

const nameOf = ({ samples }: ArrayPair, i: number): string => `${samples.name}, sample ${i}`;

function signalOf({ missing }: DataRequest): SampleOf<Recording> {
  return ({ name, shape, data }, index) => {
    const [, channels, length] = shape.length === 2 ? [0, 1, shape[1]!] : (shape as number[]);
    const size = channels! * length!;
    const values = Float32Array.from({ length: size }, (_, i) => data[index * size + i]!);
    const recording = recordingOf(channelsOf(values, channels!, length!));
    treatMissing(recording, missing, `${name}, sample ${index}`);
    return recording;
  };
}

/** A picture in red, green and blue; grey becomes three equal colours. */
const pictureOf: SampleOf<Image> = ({ name, shape, data, isBytes }, index) => {
  if (!isBytes) {
    throw new CliError(`${name}: expected pictures as bytes from 0 to 255 (uint8), got fractions`);
  }
  const [, a, b, c] = shape as [number, number, number, number | undefined];
  const isGrey = c === undefined;
  // Of a side of 4 pixels only the other axes tell whether it is the channels.
  const isFirst = !isGrey && [1, 3, 4].includes(a) && !(a === 4 ? [1, 3, 4] : [1, 3]).includes(c);
  const [height, width, channels] = isGrey ? [a, b, 1] : isFirst ? [b, c, a] : [a, b, c];
  if (![1, 3, 4].includes(channels)) {
    throw new CliError(
      `${name}: expected pictures of 1, 3 or 4 channels, got [${shape.join(', ')}]`,
    );
  }
  const plane = height * width;
  const start = index * plane * channels;
  const pixels = new Uint8Array(3 * plane);
  for (let i = 0; i < pixels.length; i++) {
    const channel = channels < 3 ? 0 : i % 3;
    const place = Math.floor(i / 3);
    pixels[i] = data[start + (isFirst ? channel * plane + place : place * channels + channel)]!;
  }
  return image(pixels, width, height);
};

/** What labels mean: whole numbers [N] are classes, others numbers to predict. */
function targetsIn(
  train: HostValues,
  test: HostValues,
  request: DataRequest,
): {
  readonly task: Task;
  readonly targetsOf: (labels: HostValues) => readonly Target[];
  readonly notes: readonly string[];
} {
  const asked = request.knownTask?.kind ?? request.task;
  const isColumn = train.shape.length === 1 || (train.shape.length === 2 && train.shape[1] === 1);
  const isWhole = Array.from(train.data).every(Number.isInteger);
  if (asked === 'classification' || (asked === undefined && isColumn && isWhole)) {
    const values = [...new Set(Array.from(train.data))].sort((a, b) => a - b);
    const known = request.knownTask;
    const classes = known?.kind === 'classification' ? known.classes : values.map(String);
    if (classes.length < 2) {
      throw new CliError(`${train.name}: expected two classes or more, found only '${classes[0]}'`);
    }
    const targetsOf = (labels: HostValues): readonly number[] =>
      Array.from(labels.data, (value, i) => {
        const number = classes.indexOf(String(value));
        if (number >= 0) return number;
        throw new CliError(
          `${labels.name}: expected one of the classes ${classes.join(', ')}, got ${value} at ${i}`,
        );
      });
    return { task: { kind: 'classification', classes }, targetsOf, notes: [] };
  }
  const count = train.shape[1] ?? 1;
  const rows = ({ data, shape }: HostValues): readonly Float32Array[] =>
    Array.from({ length: shape[0]! }, (_, i) =>
      Float32Array.from({ length: count }, (__, k) => data[i * count + k]!),
    );
  const names = request.targets ?? Array.from({ length: count }, (_, k) => `output ${k}`);
  if (names.length !== count) {
    throw new UsageError(
      `--targets: expected ${count} names for ${train.name}, got ${names.length}`,
    );
  }
  const [own, others] = [rows(train), test === train ? [] : rows(test)];
  const scaled = scaleTargets(names, own, others, request);
  const targetsOf = (labels: HostValues): readonly Float32Array[] =>
    labels === train ? scaled.train : scaled.test;
  return { task: scaled.task, targetsOf, notes: scaled.notes };
}

async function readPairs(path: string, request: DataRequest): Promise<ArraySplit> {
  const { labels, testData, testLabels } = request;
  if (path.toLowerCase().endsWith('.npz')) return readArchive(path);
  if (labels === undefined) {
    throw new UsageError(`--data ${path}: expected its labels as --labels <file.npy>`);
  }
  const train = { samples: await readNpy(path), labels: await readNpy(labels) };
  if (testData === undefined) return { train, test: train };
  if (testLabels === undefined) {
    throw new UsageError(
      `--test-data ${testData}: expected its labels as --test-labels <file.npy>`,
    );
  }
  return { train, test: { samples: await readNpy(testData), labels: await readNpy(testLabels) } };
}

async function readArchive(path: string): Promise<ArraySplit> {
  const arrays = await arraysIn(path);
  const names = [...arrays.keys()];
  const named = (name: string): HostValues | undefined =>
    arrays.get(names.find((known) => known.toLowerCase() === name) ?? '');
  const pair = (x: string, y: string): ArrayPair | undefined => {
    const [samples, labels] = [named(x), named(y)];
    return samples === undefined || labels === undefined ? undefined : { samples, labels };
  };
  const train = pair('x_train', 'y_train') ?? pair('x', 'y');
  if (train === undefined) {
    throw new CliError(
      `${path}: expected arrays x and y, or x_train, y_train, x_test and y_test, found ${names.join(', ')}`,
    );
  }
  return { train, test: pair('x_test', 'y_test') ?? train };
}

async function readNpy(path: string): Promise<HostValues> {
  const array = (await arraysIn(path)).get('');
  if (array !== undefined) return array;
  throw new CliError(`${path}: expected one array (.npy)`);
}

async function arraysIn(path: string): Promise<ReadonlyMap<string, HostValues>> {
  const bytes = await readFile(path).catch((cause: unknown) => {
    throw new CliError(`'${path}' cannot be read (${messageOf(cause)})`, { cause });
  });
  const file = await openNumpy(bytes, { name: path });
  const arrays = new Map<string, HostValues>();
  for (const [name, tensor] of file.tensors) {
    const data = await tensor.data();
    const { shape } = tensor;
    const shown = name === '' ? path : `${path}, ${name}`;
    if (shape.length === 0 || shape.length > 4 || shape.includes(0)) {
      throw new SignalError('format', shown, `expected an array [N, …], got [${shape.join(', ')}]`);
    }
    arrays.set(name, { name: shown, shape, data, isBytes: data instanceof Uint8Array });
  }
  return arrays;
}
