import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { decodeText } from '@convnet/data';
import { formatValue, nearestHint } from '@convnet/tensor-core';

import type { NetworkOptions } from '../architectures.ts';
import type { Preprocessing } from '../data/preprocessing.ts';
import type { DataRequest } from '../data/request.ts';
import { CliError, messageOf } from '../errors.ts';
import type { Task } from '../task.ts';
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

/** @throws CliError where the folder is no run. */
export async function readConfig(folder: string): Promise<RunConfig> {
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
  requireDataOptions(path, config.data);
  return config as RunConfig;
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

/** @throws CliError for options that there are not, and for those that are missing: a file that was changed by hand. */
function requireDataOptions(path: string, data: unknown): void {
  if (typeof data !== 'object' || data === null || Array.isArray(data)) {
    throw new CliError(`${path}: expected data as an object, got ${formatValue(data)}`);
  }
  const known = Object.keys(dataOptions) as (keyof DataRequest)[];
  const odd = Object.keys(data).find((name) => !known.some((option) => option === name));
  if (odd !== undefined) {
    throw new CliError(`${path}: there is no option '${odd}' of data${nearestHint(odd, known)}`);
  }
  const missing = known.find((name) => dataOptions[name] === 'must' && !(name in data));
  if (missing !== undefined) throw new CliError(`${path}: data has no ${missing}`);
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
