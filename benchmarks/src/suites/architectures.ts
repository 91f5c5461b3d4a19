import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

import type { Device } from '@convnet/tensor-core';

import { DeviceTrainer } from '../architectures/device-trainer.ts';
import { estimateOf, estimateSentence } from '../architectures/estimate-run.ts';
import { backendOf, type SetEntry } from '../architectures/entries.ts';
import { DatasetAbsentError, JournalError } from '../architectures/errors.ts';
import { Journal, readJournal } from '../architectures/journal.ts';
import { rounds, timeAgain } from '../architectures/latency.ts';
import { memberNames } from '../architectures/members.ts';
import { isPaired } from '../architectures/pairs.ts';
import {
  keyFor,
  networksOnSets,
  shardOf,
  tasksOf,
  type PlannedNetwork,
} from '../architectures/plan.ts';
import { PyTorchTrainer } from '../architectures/pytorch-trainer.ts';
import { recipeFor, setRecipe, type Recipe } from '../architectures/recipe.ts';
import { runTasks } from '../architectures/run-tasks.ts';
import { comparedSetNames, comparedSets, type ComparedSet } from '../architectures/sets.ts';
import { resultsOf, sessionsOf } from '../architectures/summarise.ts';
import type { ThreeWaySplit } from '../architectures/three-way-split.ts';
import { findPyTorches } from '../peers/pytorch.ts';
import { openDevice } from '../devices/open-device.ts';
import type { BenchOptions } from '../options.ts';
import { accuracyChart } from '../charts/static-chart.ts';
import { checkedOutCommit } from '../report/commit.ts';
import { reportPage } from '../report-page/page.ts';
import * as columns from '../report/columns.ts';
import { describeMachine } from '../report/machine.ts';
import { packageVersions } from '../report/packages.ts';
import type { Suite, SuiteContext } from '../suite.ts';

const name = 'architectures';

/** Trainings of another device are not mixed with those of the first. */
const commonBackends: readonly string[] = ['auto', 'all', 'wasm'];

const fileName = ({ backend, shard }: BenchOptions): string =>
  [
    `${name}-full`,
    ...(commonBackends.includes(backend) ? [] : [backend]),
    ...(shard === undefined ? [] : [`${shard.index}-of-${shard.count}`]),
  ].join('.');

/** Trains every family under one recipe; a run that may take a day, be spread over machines, and be killed. */
export const architectures: Suite = {
  name,
  summary: 'every family under one recipe, with chosen rates and several seeds; takes hours',
  description:
    'Trains every family, the smallest members first, in 2D on QuickDraw (100 classes) and CIFAR-10, and in 1D on FSDD and ' +
    'three sets of the UCR archive, as far as --data has them, under one ' +
    'recipe: a learning rate chosen on validation samples by one rule, the same passes, at most --core-minutes for a ' +
    'training, three seeds for the smallest member of each family and one for the others. Every finished piece of work ' +
    'is a line of a journal, so a kill loses one training at most; --resume goes on. One training at a time, on one ' +
    'thread: use --shard for more, and `pnpm bench merge` to join their journals. With --peers, PyTorch trains three of the ' +
    'networks too, by the same recipe on the same samples. Trainings may share a machine with other work, times may not: ' +
    'on an idle one --remeasure times the networks that were trained again, in turns.',
  options: ['models', 'datasets', 'data', 'coreMinutes', 'shard', 'resume', 'remeasure', 'peers'],
  modelNames: memberNames,
  datasetNames: comparedSetNames,
  profiles: ['full'],
  defaultThreads: 1,
  fileName,
  columns: [
    columns.model,
    columns.datasetAndDims,
    columns.params,
    columns.macs,
    columns.accuracyAndSpread,
    columns.seeds,
    columns.rate,
    columns.passes,
    columns.coreSeconds,
    columns.inferenceMedian,
  ],
  chart: accuracyChart,
  page: reportPage,
  async *run(context) {
    const { options } = context;
    const chosen = comparedSets.filter(
      ({ name: set }) => options.datasets?.includes(set) !== false,
    );
    const file = join(options.out, `${fileName(options)}.jsonl`);
    const timesAgain = options.remeasure === true;
    if (timesAgain) requireJournal(file);
    // What trains nothing needs no budget but that which the journal has.
    const { coreMinutes = timesAgain ? readJournal(file).head.recipe.coreMinutes : undefined } =
      options;
    const journal = Journal.open(
      file,
      recipeFor(coreMinutes, chosen),
      options.resume === true || timesAgain,
    );
    try {
      const work = timesAgain
        ? timings(context, journal)
        : await trainings(context, journal, chosen);
      const ended = await endOf(work());
      const { finished, recipe } = journal;
      const networks = plannedNetworks(options, finished.sets);
      context.describe({ sessions: sessionsOf(finished), recipe: { ...recipe } });
      // Also after an interruption: the rows of what was finished.
      const { rows, notes } = resultsOf(finished, networks, recipe, name);
      for (const note of notes) context.note(note);
      yield* rows;
      if ('error' in ended) {
        context.note(
          timesAgain
            ? 'The times are those of before; the same command takes them again.'
            : `What was finished stands in ${fileName(options)}.jsonl; the same command with --resume goes on.`,
        );
        throw ended.error;
      }
    } finally {
      journal.close();
    }
  },
};

/** @throws JournalError where there is nothing to time again. */
function requireJournal(file: string): void {
  if (existsSync(file)) return;
  throw new JournalError(
    'access',
    `there is no ${file}, whose networks --remeasure would time again: train them first, without it, or name its folder by --out`,
  );
}

/** What trains all that the journal lacks. @throws DatasetAbsentError, JournalError. */
async function trainings(
  context: SuiteContext,
  journal: Journal,
  chosen: readonly ComparedSet[],
): Promise<() => Promise<void>> {
  const { options, progress, signal } = context;
  const { finished, recipe } = journal;
  progress.note('Reading the data sets');
  const splits = await splitsOf(chosen, context);
  const session = beginSession(context, journal, splits);
  const networks = plannedNetworks(options, finished.sets);
  const open = async (): Promise<Device> =>
    (
      await openDevice(options.backend, {
        threads: context.threads,
        revectorize: options.revectorize,
      })
    ).device;
  const here = networks.filter(({ set }) => splits.has(set.name));
  const peer = await peerFor(context, here, splits, recipe);
  // Of a set that is not here, what the journal has is told.
  const tasks = tasksOf(here, recipe, { peer: peer !== null });
  progress.note(estimateSentence(estimateOf(tasks, networks, finished, recipe)));
  return () =>
    runTasks({
      tasks,
      networks,
      recipe,
      journal,
      session,
      trainer: new DeviceTrainer(splits, recipe, open, signal),
      ...(peer === null ? {} : { peer }),
      progress,
      signal,
    }).finally(() => peer?.close());
}

/** What times the networks again that were trained. @throws JournalError where none was. */
function timings(context: SuiteContext, journal: Journal): () => Promise<void> {
  const { options, device, progress, signal } = context;
  const { finished } = journal;
  const trained = plannedNetworks(options, finished.sets).filter((network) =>
    finished.trainings(keyFor(network)).some(({ outcome }) => outcome !== null),
  );
  if (trained.length === 0) {
    const isChosen = options.models !== undefined || options.datasets !== undefined;
    throw new JournalError(
      'content',
      `${journal.file} has no finished training to time again${isChosen ? ' of what --models and --datasets name' : ''}`,
    );
  }
  const session = beginSession(context, journal, new Map());
  return async () => {
    const timed = await timeAgain(trained, finished.sets, device, signal, (round) =>
      progress.show([
        { label: 'one sample', share: round / rounds, detail: `round ${round + 1} of ${rounds}` },
      ]),
    );
    for (const [i, inference] of timed.entries()) {
      journal.add({ kind: 'latency', ...keyFor(trained[i]!), session, inference });
    }
  };
}

/** The sets that are here. @throws DatasetAbsentError where one was asked for by name. */
async function splitsOf(
  sets: readonly ComparedSet[],
  { options, note, progress }: SuiteContext,
): Promise<Map<string, ThreeWaySplit>> {
  const splits = new Map<string, ThreeWaySplit>();
  for (const { name: set, load } of sets) {
    try {
      splits.set(set, await load(options.data!));
    } catch (error) {
      if (!(error instanceof DatasetAbsentError) || options.datasets !== undefined) throw error;
      const sentence = `Not compared on ${set}: ${error.message}.`;
      note(sentence);
      progress.note(sentence);
    }
  }
  return splits;
}

/** PyTorch, the newest that is found, where it was asked for and has something to train. */
async function peerFor(
  { options, note, signal }: SuiteContext,
  networks: readonly PlannedNetwork[],
  splits: ReadonlyMap<string, ThreeWaySplit>,
  recipe: Recipe,
): Promise<PyTorchTrainer | null> {
  if (options.peers !== true || !networks.some(isPaired)) return null;
  const found = (await findPyTorches('torch', note)).at(-1);
  return found === undefined ? null : new PyTorchTrainer(found, splits, recipe, signal);
}

/** This process's part of the networks. */
function plannedNetworks(options: BenchOptions, sets: readonly SetEntry[]): PlannedNetwork[] {
  const chosen = sets.filter(({ set }) => options.datasets?.includes(set) !== false);
  const networks = networksOnSets(chosen, options);
  return options.shard === undefined ? networks : shardOf(networks, options.shard);
}

/** Writes down what this process runs on and with. @returns the id of the session. */
function beginSession(
  { device, threads, attribute }: SuiteContext,
  journal: Journal,
  splits: ReadonlyMap<string, ThreeWaySplit>,
): string {
  for (const [set, { digest, source, train, validation, test }] of splits) {
    attribute(source);
    const { name: title, origin, licence } = source;
    journal.add({
      kind: 'set',
      set,
      digest,
      inputShape: train.inputShape,
      numClasses: train.classes.length,
      train: train.length,
      validation: validation.length,
      test: test.length,
      source: { name: title, origin, licence },
      recipe: setRecipe(comparedSets.find((known) => known.name === set)!),
    });
  }
  refuseOtherBackend(device.name, journal);
  const id = randomUUID().slice(0, 8);
  journal.add({
    kind: 'session',
    id,
    date: new Date().toISOString(),
    machine: describeMachine(),
    node: process.versions.node,
    device: String(device),
    threads,
    commit: checkedOutCommit(),
    packages: packageVersions(),
  });
  return id;
}

/** How work ended, so that something can be said of it before its error goes on. */
const endOf = (work: Promise<void>): Promise<{ readonly error?: unknown }> =>
  work.then(
    () => ({}),
    (error: unknown) => ({ error }),
  );

/** @throws JournalError where another backend did what the journal has. */
function refuseOtherBackend(backend: string, { file, finished }: Journal): void {
  for (const other of finished.sessions.map(backendOf)) {
    if (other === backend) continue;
    throw new JournalError(
      'recipe',
      `${file} has trainings of ${other}: those of ${backend} go to another folder, by --out`,
    );
  }
}
