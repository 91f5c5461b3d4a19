import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { decodeText } from '@convnet/data';
import { formatValue, nearestHint } from '@convnet/tensor-core';

import type { NetworkOptions } from '../architectures.ts';
import type { Preprocessing } from '../data/preprocessing.ts';
import type { DataRequest } from '../data/request.ts';
import { CliError, messageOf } from '../errors.ts';
import type { Task } from '../task.ts';
import { ownVersion } from '../own-version.ts';
import { runFolder } from './run-folder.ts';

/** `config.json` of a run: everything that was decided, so that `resume` does the same. */
export interface RunConfig {
  readonly version: 1;
  readonly architecture: string;
  readonly options: NetworkOptions;
  readonly task: Task;
  readonly data: DataRequest & { readonly preprocessing: Preprocessing };
  readonly recipe: Recipe;
  /** Threads that read and change samples. */
  readonly workers: number;
  /** Where the weights came from that the run started with; absent where it started anew. */
  readonly start?: Start;
  /** What began the run; absent in runs of versions that did not say it. */
  readonly begun?: Begun;
}

/** What another version needs to know of a run that it goes on with. */
export interface Begun {
  /** Version of the program. */
  readonly by: string;
  /** Options of the data that were not as they are by default. */
  readonly chosen: readonly string[];
}

/** Trained weights that a run starts with. */
export interface Start {
  /** A file of weights, or the folder of a trained network. */
  readonly weights?: string;
  /** Name of published weights, such as IMAGENET1K_V1. */
  readonly published?: string;
  /** What is learned: everything, or only the head, on features that are computed once. */
  readonly learn: 'all' | 'head';
  /** Learning rate of all but the head, as a share of the head's. */
  readonly backboneRate: number;
}

/** How a network is trained. */
export interface Recipe {
  readonly epochs: number;
  readonly batchSize: number;
  readonly learningRate: number;
  readonly optimizer: 'adamw' | 'sgd';
  readonly weightDecay: number;
  readonly patience?: number;
  readonly maxSeconds?: number;
  readonly seed: number;
}

export const configName = 'config.json';

/**
 * @param tell hears of options that are passed over: those that there are not any more, and that nobody had chosen.
 * @throws CliError where the folder is no run, or one that this version cannot do as it was begun.
 */
export async function readConfig(
  folder: string,
  tell: (note: string) => void = () => undefined,
): Promise<RunConfig> {
  const path = join(folder, configName);
  const bytes = await readFile(path).catch((cause: unknown) => {
    throw new CliError(`'${folder}' has no ${configName}: expected the folder of a run`, { cause });
  });
  let config: Partial<RunConfig> | null;
  try {
    config = JSON.parse(decodeText(bytes)) as Partial<RunConfig> | null;
  } catch (cause) {
    throw new CliError(`${path}: expected JSON (${messageOf(cause)})`, { cause });
  }
  if (config?.version !== 1) {
    throw new CliError(`${path}: expected version 1, got ${String(config?.version)}`);
  }
  const data = knownOptions(path, config, tell);
  return { ...config, data } as RunConfig;
}

/** Options of the data: those that may be there, and those that must. */
const dataOptions: Readonly<Record<keyof DataRequest, 'may' | 'must'>> = {
  data: 'may',
  testData: 'may',
  set: 'may',
  folder: 'may',
  labels: 'may',
  testLabels: 'may',
  pathColumn: 'may',
  labelColumn: 'may',
  groupColumn: 'may',
  targets: 'may',
  skipColumns: 'may',
  channels: 'may',
  task: 'may',
  dims: 'may',
  size: 'may',
  length: 'may',
  sampleRate: 'may',
  timeColumn: 'may',
  testShare: 'must',
  group: 'may',
  onError: 'must',
  missing: 'must',
  augment: 'must',
  seed: 'must',
  preprocessing: 'must',
  knownTask: 'may',
  readable: 'may',
};

/**
 * The options of the data that there are. A run may have been begun by another version: one of its options that nobody chose is
 * passed over, for what it said is done anyway.
 * @throws CliError for others that there are not, and for those that are missing.
 */
function knownOptions(
  path: string,
  { data, begun }: Partial<RunConfig>,
  tell: (note: string) => void,
): RunConfig['data'] {
  if (typeof data !== 'object' || data === null || Array.isArray(data)) {
    throw new CliError(`${path}: expected data as an object, got ${formatValue(data)}`);
  }
  const known = Object.keys(dataOptions) as (keyof DataRequest)[];
  const chosen = Array.isArray(begun?.chosen) ? begun.chosen : null;
  const entries = Object.entries(data as object as Record<string, unknown>).filter(
    ([name, value]) => {
      if (known.some((option) => option === name)) return true;
      const hint = nearestHint(name, known);
      if (hint !== '') throw new CliError(`${path}: there is no option '${name}' of data${hint}`);
      if (chosen === null || chosen.includes(name)) throw noOption(path, name, value, begun);
      tell(
        `${path}: '${name}' of data is no option of convnet ${ownVersion()}; nobody had chosen its ${formatValue(value)}, and the run ` +
          'goes on without it',
      );
      return false;
    },
  );
  const missing = known.find((name) => dataOptions[name] === 'must' && !(name in data));
  if (missing !== undefined) throw new CliError(`${path}: data has no ${missing}`);
  return Object.fromEntries(entries) as unknown as RunConfig['data'];
}

function noOption(path: string, name: string, value: unknown, begun: RunConfig['begun']): CliError {
  const other =
    begun === undefined || begun.by === ownVersion()
      ? 'the version that began the run'
      : `convnet ${begun.by}, which began the run with ${formatValue(value)}`;
  return new CliError(
    `${path}: there is no option '${name}' of data in convnet ${ownVersion()}: go on with ${other}, or take '${name}' out of the file to go on without it`,
  );
}

/**
 * How the data of a run were prepared; those of a package know nothing of where files were.
 * @throws CliError where the folder is neither.
 */
export async function readData(location: string): Promise<RunConfig['data']> {
  const folder = await runFolder(location);
  const bytes = await readFile(join(folder, 'model.json')).catch(() => null);
  return (
    (bytes === null ? undefined : publishedData(decodeText(bytes))) ??
    (await readConfig(folder)).data
  );
}

function publishedData(text: string): RunConfig['data'] | undefined {
  try {
    return (JSON.parse(text) as { readonly run?: { readonly data?: RunConfig['data'] } } | null)
      ?.run?.data;
  } catch {
    return undefined;
  }
}
