import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';

import { ArrayDataset, createResampler, parseWav } from '@convnet/data';
import { parseTar } from 'nanotar';

import { DatasetAbsentError, DatasetContentError } from './errors.ts';
import { changed } from './random-changes.ts';
import type { ThreeWaySplit } from './three-way-split.ts';

/** A recording: its name without folder, and the bytes of its WAV file. */
interface Recording {
  readonly name: string;
  readonly bytes: Uint8Array;
}

const archive = 'fsdd.tar.gz';
const folderOfRecordings = join('fsdd', 'recordings');
const recordings = 3000;
const digits = ['zero', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine'];

/** Half the rate of the recordings. Most of the energy of speech lies below 2 kHz, and the networks take half as long. */
export const fsddRate = 4000;
/** Samples at `fsddRate`: 0.512 s. Three of four recordings are shorter; longer ones lose what lies around the middle. */
export const fsddLength = 2048;

/** The take of a speaker decides what it is for: the official test has takes 0 to 4, the validation here 5 to 9. */
const roleOf = (take: number): 'train' | 'validation' | 'test' =>
  take < 5 ? 'test' : take < 10 ? 'validation' : 'train';

/**
 * The Free Spoken Digit Dataset as signals [1, 2048] at 4 kHz, each recording with root mean square 1: 2,400 recordings train, 300
 * validate and the 300 of the official split test. Training signals are shifted by up to 128 samples and changed by
 * up to 6 dB.
 * @param folder holds `fsdd.tar.gz` or the unpacked `fsdd/recordings`.
 * @throws DatasetAbsentError, DatasetContentError, WavError.
 */
export async function fsdd(folder: string): Promise<ThreeWaySplit> {
  const found = await readRecordings(folder);
  if (found.length !== recordings) {
    throw new DatasetContentError(
      `FSDD: expected ${recordings} recordings, got ${found.length} in ${folder}`,
    );
  }
  const hash = createHash('sha256');
  const parts = { train: new Part(), validation: new Part(), test: new Part() };
  const resample = createResampler(8000, fsddRate);
  for (const { name, bytes } of found) {
    hash.update(name).update(bytes);
    const [, digit, take] = /^(\d)_[a-z]+_(\d+)\.wav$/.exec(name) ?? [];
    if (digit === undefined || take === undefined) {
      throw new DatasetContentError(
        `FSDD: expected names like 7_jackson_32.wav, got ${JSON.stringify(name)}`,
      );
    }
    const { sampleRate, channels } = parseWav(bytes, `FSDD/${name}`, { strict: true });
    if (sampleRate !== 8000 || channels.length !== 1) {
      throw new DatasetContentError(
        `FSDD/${name}: expected one channel at 8000 Hz, got ${channels.length} at ${sampleRate}`,
      );
    }
    parts[roleOf(Number(take))].add(centred(normalised(resample(channels[0]!))), Number(digit));
  }
  const changes = { move: 128, decibels: 6 };
  return {
    source: {
      name: 'FSDD',
      origin: 'Z. Jackson and others, https://github.com/Jakobovski/free-spoken-digit-dataset',
      licence: 'CC-BY-SA-4.0',
    },
    digest: hash.digest('hex').slice(0, 16),
    changes,
    train: changed(parts.train.dataset(), changes),
    validation: parts.validation.dataset(),
    test: parts.test.dataset(),
  };
}

/** Signals of one role, and their digits. */
class Part {
  readonly #signals: Float32Array[] = [];
  readonly #labels: number[] = [];

  add(signal: Float32Array, label: number): void {
    this.#signals.push(signal);
    this.#labels.push(label);
  }

  dataset(): ArrayDataset {
    const data = new Float32Array(this.#signals.length * fsddLength);
    for (const [i, signal] of this.#signals.entries()) data.set(signal, i * fsddLength);
    return new ArrayDataset({
      data,
      labels: this.#labels,
      inputShape: [1, fsddLength],
      classes: digits,
    });
  }
}

/** The middle of a longer signal, or silence around a shorter one. */
function centred(signal: Float32Array): Float32Array {
  const out = new Float32Array(fsddLength);
  const surplus = signal.length - fsddLength;
  if (surplus >= 0) out.set(signal.subarray(surplus >> 1, (surplus >> 1) + fsddLength));
  else out.set(signal, -surplus >> 1);
  return out;
}

function normalised(signal: Float32Array): Float32Array {
  const power = signal.reduce((sum, value) => sum + value * value, 0) / signal.length;
  return power === 0 ? signal : signal.map((value) => value / Math.sqrt(power));
}

/** The recordings, sorted by name. */
async function readRecordings(folder: string): Promise<Recording[]> {
  const found = (await fromArchive(folder)) ?? (await fromFolder(folder));
  if (found === null) {
    throw new DatasetAbsentError(
      `FSDD is not in ${folder}: expected ${archive} or ${folderOfRecordings}. Get it from ` +
        'https://github.com/Jakobovski/free-spoken-digit-dataset, or name its folder with --data',
    );
  }
  return found.toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

async function fromArchive(folder: string): Promise<Recording[] | null> {
  const packed = await readFile(join(folder, archive)).catch(nullWhereAbsent);
  if (packed === null) return null;
  let entries: ReturnType<typeof parseTar>;
  try {
    entries = parseTar(gunzipSync(packed));
  } catch (cause) {
    throw new DatasetContentError(`FSDD: ${archive} is no tar archive packed with gzip`, { cause });
  }
  return entries.flatMap((entry) =>
    entry.name.endsWith('.wav') && 'data' in entry && entry.data !== undefined
      ? [{ name: entry.name.slice(entry.name.lastIndexOf('/') + 1), bytes: entry.data }]
      : [],
  );
}

async function fromFolder(folder: string): Promise<Recording[] | null> {
  const home = join(folder, folderOfRecordings);
  const names = await readdir(home).catch(nullWhereAbsent);
  if (names === null) return null;
  return Promise.all(
    names
      .filter((name) => name.endsWith('.wav'))
      .map(async (name) => ({ name, bytes: await readFile(join(home, name)) })),
  );
}

function nullWhereAbsent(error: NodeJS.ErrnoException): null {
  if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return null;
  throw error;
}
