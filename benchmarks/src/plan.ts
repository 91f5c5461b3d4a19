import { existsSync } from 'node:fs';
import { join } from 'node:path';

import { estimateOf, type RunEstimate } from './architectures/estimate-run.ts';
import { mergeJournals } from './architectures/merge-journals.ts';
import { networksOnSets, phasesOf } from './architectures/plan.ts';
import { coreHours, count } from './report/format.ts';

/** What `pnpm bench plan` is asked for. */
export interface PlanRequest {
  /** The first that exists is told of; where none does, the last is missed. */
  readonly journals: readonly string[];
  /** Whether PyTorch's trainings count. */
  readonly peers: boolean;
}

const results = join(import.meta.dirname, '..', 'results');

/** Of a run that goes on here, and the committed one. */
export const defaultJournals: readonly string[] = [results, join(results, 'committed')].map(
  (folder) => join(folder, 'architectures-full.jsonl'),
);

/**
 * What is finished of a run and what is left, as lines of text. Takes no lock, so a run may go on meanwhile.
 * @throws JournalError.
 */
export function runPlan({ journals, peers }: PlanRequest): string {
  const file = journals.find((path) => existsSync(path)) ?? journals.at(-1)!;
  const { finished, recipe } = mergeJournals([file]);
  if (finished.sets.length === 0) {
    return `${file}: no data set was read yet, so it is not known what is left\n`;
  }
  const networks = networksOnSets(finished.sets);
  const phases = phasesOf(networks, recipe, { peer: peers }).map(({ title, tasks }) => ({
    title,
    estimate: estimateOf(tasks, networks, finished, recipe),
  }));
  const sum = (of: (estimate: RunEstimate) => number): number =>
    phases.reduce((total, { estimate }) => total + of(estimate), 0);
  const left = sum(({ leftSeconds }) => leftSeconds);
  const done = phases[0]!.estimate.finishedSeconds;
  const all = {
    finished: sum((estimate) => estimate.finished),
    left: sum((estimate) => estimate.left),
    leftSeconds: left,
  };
  const lines = [...phases, { title: 'all', estimate: all }].map(({ title, estimate }) => [
    title,
    `${count(estimate.finished)} of ${count(estimate.finished + estimate.left)}`,
    coreHours(estimate.leftSeconds),
  ]);
  const table = [['', 'pieces finished', 'core-hours left'], ...lines];
  const widths = [0, 1, 2].map((column) => Math.max(...table.map((row) => row[column]!.length)));
  const text = table.map(([title, pieces, hours]) =>
    `${title!.padEnd(widths[0]!)}  ${pieces!.padStart(widths[1]!)}  ${hours!.padStart(widths[2]!)}`.trimEnd(),
  );
  const sets = finished.sets.map(({ set }) => {
    const own = networks.filter((network) => network.set.name === set);
    return `${own.length} networks on ${set}`;
  });
  return [
    `${file}: ${sets.join(', ')}`,
    `at most ${recipe.coreMinutes} core-minutes a training; ${coreHours(done)} core-hours of training so far, ` +
      `about ${coreHours(done + left)} in all`,
    '',
    ...text,
    '',
    `Of what is left, ${coreHours(sum(({ guessedSeconds }) => guessedSeconds))} core-hours are of networks that were not timed yet, from the speed of their families.`,
    '',
  ].join('\n');
}
