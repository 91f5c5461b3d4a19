import { access } from 'node:fs/promises';
import { join } from 'node:path';

import type { Rank } from '@convnet/layers';
import { makeFolder } from '@convnet/weights/node';

import { architectureOf, buildNetwork, requireOptions } from '../architectures.ts';
import { openData } from '../data/open-data.ts';
import { inputShapeOf } from '../data/preprocessing.ts';
import { CliError, isWriteError } from '../errors.ts';
import { requireOutFolder } from '../out-place.ts';
import { ownVersion } from '../own-version.ts';
import { configName, type Recipe, type RunConfig, type Start } from '../run/config.ts';
import { writeJson, type ModelCard } from '../run/model-folder.ts';
import { goOnWith, trainRun, type RunSurroundings } from '../run/train-run.ts';
import { describeFigures, outputNames } from '../task.ts';
import type { Terminal } from '../terminal.ts';
import { dataRequestOf, tellData, type GivenData } from './given-data.ts';

/** What `train` and `finetune` are told, beside the device. */
export interface GivenRun extends GivenData, Omit<Recipe, 'seed'> {
  readonly out?: string;
}

/** A network to train, and where its weights come from. */
export interface StartingPoint {
  readonly architecture: string;
  readonly own: Readonly<Record<string, unknown>>;
  readonly twin?: 'keras';
  readonly start?: Start;
  /** What the data must be for the weights. */
  readonly data?: Partial<RunConfig['data']>;
}

const folderOf = (given: GivenRun, { architecture }: StartingPoint): string =>
  given.out ?? join('runs', architecture);

/**
 * What can be said of a run before its data are read.
 * @throws CliError where the folder has a run already, or cannot be written; ArgumentError for an option that the network does
 * not have.
 */
export async function requireStart(given: GivenRun, point: StartingPoint): Promise<void> {
  requireOptions(architectureOf(point.architecture), point.own);
  const folder = folderOf(given, point);
  if (await exists(join(folder, configName))) {
    throw new CliError(
      `'${folder}' has a run already: go on with it by 'convnet resume ${folder}', or choose another folder by --out`,
    );
  }
  await requireOutFolder('the run', folder);
}

/**
 * Begins a run in a folder of its own, and trains.
 * @param defaults names of the options that are as they are by default.
 */
export async function startRun(
  given: GivenRun,
  point: StartingPoint,
  defaults: readonly string[],
  surroundings: RunSurroundings,
): Promise<void> {
  const { terminal, interruption } = surroundings;
  const { architecture, own, twin, start } = point;
  const folder = folderOf(given, point);
  const request = { ...dataRequestOf(given), ...point.data };
  const data = await openData(request);
  tellData(data, terminal);
  const [inChannels, ...sides] = inputShapeOf(data.preprocessing);
  const options = {
    dims: sides.length as Rank,
    inChannels: inChannels!,
    numClasses: outputNames(data.task).length,
    own,
    ...(twin !== undefined && { twin }),
  };
  // On the meta device: what does not fit is said before anything is written.
  buildNetwork(architectureOf(architecture), options, sides);
  const config: RunConfig = {
    version: 1,
    architecture,
    options,
    task: data.task,
    data: { ...request, preprocessing: data.preprocessing },
    recipe: recipeOf(given),
    workers: given.workers,
    begun: {
      by: ownVersion(),
      chosen: Object.keys(request).filter((name) => !defaults.includes(name)),
    },
    ...(start === undefined ? {} : { start }),
  };
  await beginFolder(folder, config);
  interruption.leaves(`the run has not begun to learn. ${goOnWith(folder)}`);
  const card = await trainRun({ folder, config, data, resume: false, ...surroundings });
  tellTrained(folder, card, terminal);
}

/** @throws CliError where nothing can be written there. */
async function beginFolder(folder: string, config: RunConfig): Promise<void> {
  try {
    await makeFolder(folder);
    await writeJson(join(folder, configName), config);
  } catch (cause) {
    if (!isWriteError(cause)) throw cause;
    throw new CliError(`the run cannot be written to '${folder}' (${cause.message}); see --out`, {
      cause,
    });
  }
}

/** The last line of a run that has come to its end. */
export function tellTrained(folder: string, { task, test }: ModelCard, { out }: Terminal): void {
  out.write(`${folder}: ${describeFigures(task, test)} on the test set\n`);
}

function recipeOf(given: GivenRun): Recipe {
  const { epochs, batchSize, learningRate, optimizer, weightDecay, seed } = given;
  const { patience, maxSeconds } = given;
  return {
    epochs,
    batchSize,
    learningRate,
    optimizer,
    weightDecay,
    seed,
    ...(patience === undefined ? {} : { patience }),
    ...(maxSeconds === undefined ? {} : { maxSeconds }),
  };
}

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );
