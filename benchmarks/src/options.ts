import { join } from 'node:path';

import { InvalidArgumentError, Option } from 'commander';

import { backendNames } from './devices.ts';
import { datasetNames } from './dataset-table.ts';
import { modelNames } from './model-table.ts';
import type { Profile } from './profile.ts';

/** Options that every suite takes. */
export interface CommonOptions {
  readonly profile: Profile;
  /** 'auto', or one of `backendNames`. */
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
}

/** Options that some suites take. */
export interface SuiteOptions {
  readonly models?: readonly string[];
  readonly datasets?: readonly string[];
  readonly epochs?: number;
  /** Samples used of each training and test set, at most. */
  readonly limit?: number;
  readonly steps?: number;
  readonly peers?: boolean;
}

export type { Profile } from './profile.ts';

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
      `There is no ${unknown.map((name) => `'${name}'`).join(', ')}; the names are ${known.join(', ')}.`,
    );
  };
}

/** The options that every suite takes. */
export function commonOptions(): Option[] {
  return [
    new Option('--profile <name>', 'how long the run may take')
      .choices(['quick', 'full'])
      .default('quick'),
    new Option('--backend <name>', 'what computes; auto takes the best that runs here')
      .choices(['auto', ...backendNames])
      .default('auto'),
    new Option('--threads <n>', 'threads to compute with (default: all cores)').argParser(
      wholeNumber(1, 64),
    ),
    new Option('--no-revectorize', 'keep the wasm backend to 128-bit vectors, without flags of V8'),
    new Option('--seed <n>', 'fixes all random numbers')
      .argParser(wholeNumber(0, 2 ** 32 - 1))
      .default(0),
    new Option('--json <file>', 'write the results to this file too'),
    new Option('--out <folder>', 'folder of the results').default(
      defaultFolder,
      'benchmarks/results',
    ),
  ];
}

const defaultFolder = join(import.meta.dirname, '..', 'results');

const makers: Readonly<Record<SuiteOptionName, (models: readonly string[]) => Option>> = {
  models: (models) =>
    new Option('--models <names>', `some of ${models.join(', ')}`).argParser(namesFrom(models)),
  datasets: () =>
    new Option('--datasets <names>', `some of ${datasetNames.join(', ')}`).argParser(
      namesFrom(datasetNames),
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
};

/** The options of a suite, by name; `models` are what its --models takes. */
export function suiteOptions(
  names: readonly SuiteOptionName[],
  models: readonly string[] = modelNames,
): Option[] {
  return names.map((name) => makers[name](models));
}
