import { join } from 'node:path';

import { DataLoader, type Dataset } from '@convnet/data';
import { headPaths, Linear, type AnyModule } from '@convnet/layers';
import {
  AdamW,
  CosineAnnealingLR,
  OneCycleLR,
  SGD,
  type Optimizer,
  type ParameterSource,
} from '@convnet/optim';
import { manualSeed, Tensor, zeros, type Device } from '@convnet/tensor-core';
import {
  Checkpoints,
  fineTuneGroups,
  fit,
  fitHead,
  freezeBackbone,
  progress,
  type FitReport,
} from '@convnet/train';
import { folderStore, jsonLinesFile } from '@convnet/train/node';
import { loadWeights } from '@convnet/weights';

import { architectureOf, buildNetwork } from '../architectures.ts';
import type { OpenedData, Part, PreparedSample } from '../data/opened-data.ts';
import { inputShapeOf } from '../data/preprocessing.ts';
import { withWorkers } from '../data/with-workers.ts';
import { CliError, isWriteError, messageOf } from '../errors.ts';
import type { Interruption } from '../interruption.ts';
import { loadKerasWeights } from '../keras-twins.ts';
import { tellLeftOut } from '../left-out.ts';
import { evaluateTask, figuresIn, figuresOf } from '../task.ts';
import type { Terminal } from '../terminal.ts';
import type { Recipe, RunConfig, Start } from './config.ts';
import { readCard, saveModel, type ModelCard } from './model-folder.ts';

/** Where the checkpoints of a run are. */
export const checkpointFolder = (folder: string): string => join(folder, 'checkpoints');

/** Seconds between two checkpoints within an epoch. */
const savedEvery = 60;

/** What a run happens in. */
export interface RunSurroundings {
  readonly device: Device;
  readonly terminal: Terminal;
  readonly interruption: Interruption;
}

export interface TrainRunOptions extends RunSurroundings {
  readonly folder: string;
  readonly config: RunConfig;
  readonly data: OpenedData;
  readonly resume: boolean;
}

/** How a run that was interrupted goes on. */
export const goOnWith = (folder: string): string => `Go on with: convnet resume ${folder}`;

/**
 * Trains the network of a run and writes it into the run's folder, with checkpoints on the way.
 * @throws InterruptedError after Ctrl-C, when all that was done is saved; errors of @convnet/train.
 */
export async function trainRun(options: TrainRunOptions): Promise<ModelCard> {
  try {
    return await trainAndSave(options);
  } catch (error) {
    const reason = error instanceof Error ? (error.cause ?? error) : error;
    if (!isWriteError(reason)) throw error;
    throw new CliError(
      `${messageOf(error)}. What was saved before stands; when there is room, go on with: convnet resume ${options.folder}`,
      { cause: error },
    );
  }
}

async function trainAndSave(options: TrainRunOptions): Promise<ModelCard> {
  const { folder, config, data, device, resume, terminal, interruption } = options;
  const { recipe, start } = config;
  manualSeed(recipe.seed);
  const model = await startingModel(config, device);
  const inputShape = inputShapeOf(data.preprocessing);
  requireOneOutput(config, model, inputShape, device);
  const { batchSize, epochs, seed, patience, maxSeconds } = recipe;
  const { onError } = config.data;
  const learnsHead = start?.learn === 'head';
  // A head of another kind, such as the convolution of SqueezeNet, is trained through the frozen network.
  const head = learnsHead && headOf(model) instanceof Linear;
  if (learnsHead && !head) freezeBackbone(model);
  const numWorkers = data.preprocessing.kind === 'array' ? 0 : config.workers;
  const part = async (name: Part): Promise<Dataset<PreparedSample>> =>
    numWorkers === 0 ? data[name] : withWorkers(data, config.data, name);
  const loaderOptions = { batchSize, device, onError, numWorkers };
  using train = new DataLoader(await part(head ? 'plainTrain' : 'train'), {
    ...loaderOptions,
    shuffle: !head,
    seed,
    dropLast: !head && lastMayBeSingle(data.train.length, batchSize, onError),
  });
  using test = new DataLoader(await part('test'), loaderOptions);
  const { loss, metrics, monitor } = figuresOf(config.task);
  // Features are computed before that, and are not saved.
  let hasBegun = false;
  const common = {
    test,
    loss,
    metrics,
    epochs,
    // Without --patience nothing is chosen by the test set: its accuracy is that of files that had no say.
    ...(patience === undefined ? {} : { monitor, earlyStopping: { patience } }),
    ...(maxSeconds === undefined ? {} : { maxSeconds }),
    checkpoints: new Checkpoints(folderStore(checkpointFolder(folder)), {
      everySeconds: savedEvery,
      resume,
    }),
    callbacks: [
      progress(terminal.error),
      jsonLinesFile(join(folder, 'log.jsonl')),
      { onStart: () => void (hasBegun = true) },
    ],
  };
  const scheduleOf = (optimizer: Optimizer, steps: number): OneCycleLR =>
    new OneCycleLR(optimizer, {
      maxLearningRate: recipe.learningRate,
      totalSteps: epochs * steps,
    });
  const learn = async (signal: AbortSignal): Promise<FitReport> => {
    if (head) {
      const samples = data.plainTrain.length + data.test.length;
      terminal.error.write(`computing features of ${samples} samples, once for all epochs\n`);
      return fitHead(model, {
        ...common,
        signal,
        train,
        batchSize,
        seed,
        optimizer: (parameters) => optimizerOf(recipe, parameters),
        schedule: (optimizer) =>
          scheduleOf(optimizer, Math.ceil(data.plainTrain.length / batchSize)),
      });
    }
    const optimizer = optimizerOf(recipe, parametersOf(model, recipe, start));
    // The cycle would give all groups one rate; this one scales those that they have.
    const schedule =
      start === undefined
        ? scheduleOf(optimizer, train.length)
        : new CosineAnnealingLR(optimizer, { totalSteps: epochs * train.length });
    return fit(model, { ...common, signal, train, optimizer, schedule });
  };
  const goOn = goOnWith(folder);
  const report = await interruption.saving(
    {
      asked: () => `${hasBegun ? 'what was done is saved' : 'no step was taken'}. ${goOn}`,
      atOnce: `what was saved before stands. ${goOn}`,
      finished: `the training is finished and saved, but the network is not tested and written yet. ${goOn}`,
    },
    learn,
  );
  tellLeftOut('sample', [...train.skipped, ...test.skipped], terminal);
  if (report.stopped !== 'epochs') terminal.error.write(`ended early: ${report.stopped}\n`);
  const evaluation = await evaluateTask(config.task, model, test);
  const { architecture, options: network, task } = config;
  const card: ModelCard = {
    version: 1,
    architecture,
    options: network,
    task,
    preprocessing: data.preprocessing,
    test: figuresIn(task, evaluation),
  };
  await saveModel(folder, model, card);
  interruption.leaves(`the network is written to ${folder}`);
  return card;
}

const headOf = (model: AnyModule): AnyModule => model.getModule(headPaths(model).at(-1)!);

/** Whether the last batch of an epoch may be of one sample, of which batch norm has no statistics. */
function lastMayBeSingle(samples: number, batchSize: number, onError: 'stop' | 'skip'): boolean {
  return samples > batchSize && (onError === 'skip' || samples % batchSize === 1);
}

/** A new network, or one with trained weights and a head for the classes. */
async function startingModel(config: RunConfig, device: Device): Promise<AnyModule> {
  const { architecture, options, start, data } = config;
  const found = architectureOf(architecture);
  const size = inputShapeOf(data.preprocessing).slice(1);
  if (start === undefined) return buildNetwork(found, options, size, device);
  const { weights, published } = start;
  const file = published === undefined ? undefined : found.info.weights?.[published];
  const model = buildNetwork(found, options, size, device);
  if (file !== undefined) {
    await loadWeights(model, file, { head: false });
  } else if (weights !== undefined) {
    const folderCard = await readCard(weights).catch(() => null);
    if (folderCard !== null) {
      await loadWeights(model, join(weights, 'model.safetensors'), { head: false });
    } else if (options.twin === 'keras') {
      await loadKerasWeights(model, architecture, weights);
    } else {
      await loadWeights(model, weights, { head: false });
    }
  }
  return model;
}

function parametersOf(
  model: AnyModule,
  { learningRate }: Recipe,
  start: Start | undefined,
): ParameterSource<{ learningRate: number }> {
  if (start === undefined) return model.parameters();
  return fineTuneGroups(model, {
    backbone: learningRate * start.backboneRate,
    head: learningRate,
  });
}

function optimizerOf(
  { optimizer, learningRate, weightDecay }: Recipe,
  parameters: ParameterSource<{ learningRate: number }>,
): Optimizer {
  return optimizer === 'sgd'
    ? new SGD(parameters, { learningRate, weightDecay, momentum: 0.9, nesterov: true })
    : new AdamW(parameters, { learningRate, weightDecay });
}

/** @throws CliError for a network such as capsnet, which gives more than a row of numbers for each sample. */
function requireOneOutput(
  { architecture }: RunConfig,
  model: AnyModule,
  inputShape: readonly number[],
  device: Device,
): void {
  const input = zeros([1, ...inputShape], { device });
  try {
    model.eval();
    const output: unknown = model.forward(input);
    if (output instanceof Tensor && output.rank === 2) return;
    throw new CliError(
      `${architecture} has losses of its own, which the command line does not know: train it with fit and a step of @convnet/train`,
    );
  } finally {
    model.train();
    input.dispose();
  }
}
