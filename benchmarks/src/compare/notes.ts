import { dimensions, count, percent } from '../report/format.ts';
import type { BenchOptions } from '../options.ts';
import { committedRun } from './committed-run.ts';
import { networks } from './networks.ts';
import { seedsOfEach, type Part, type Plan } from './workload.ts';

const times = (epochs: number): string => (epochs === 1 ? 'once' : `${count(epochs)} times`);

/** What every network of a set was trained on, a sentence for each set. */
export function budgetNotes({ parts, share }: Plan): string[] {
  const firstOfSets = parts.filter(({ set }, i) => parts[i - 1]?.set !== set);
  const sets = firstOfSets.map(({ set: { bench }, job }) => {
    const { name, dims, unit, batchSize } = bench;
    return (
      `${name} ${dimensions(dims)}: every network saw the same ${count(job.trainSamples)} ${unit} ` +
      `${times(job.epochs)}, in batches of ${batchSize}, and was tested on ${count(job.testSamples)}.`
    );
  });
  if (share === 1) return sets;
  const cut = [...new Set(parts.map(({ set }) => set.bench))].filter(({ whole }) => whole !== true);
  const names = cut.map(({ name, dims }) => `${name} ${dimensions(dims)}`).join(', ');
  return [
    `This machine is too slow, or too busy, for the whole training: on ${names} every network had ` +
      `${percent(share, 0)} of it, and accuracies are lower than they could be.`,
    ...sets,
  ];
}

/** What the run is, and is not. */
export function quickNotes(options: BenchOptions): string[] {
  const { models } = options;
  const full = committedRun();
  return [
    'This run shows the machinery, not which architecture is best: ' +
      `${models === undefined ? 'five' : 'some'} networks, most of them narrow, in minutes. ± of an accuracy is the standard ` +
      `deviation over ${seedsOfEach} seeds; learning rates were once chosen on test samples (docs/decisions/0011). Samples per ` +
      'second are of training steps alone, by their median, and ± is how far that may be off, from 5 % on. ' +
      (full === null
        ? 'The comparison to rely on: pnpm bench architectures.'
        : `The comparison to rely on: ${full}, made by pnpm bench architectures.`),
    ...cutNotes(options),
  ];
}

/** Caution where the user cut the training. */
function cutNotes({ limit, epochs }: BenchOptions): string[] {
  const cuts = [
    ...(limit === undefined ? [] : [`--limit ${limit}`]),
    ...(epochs === undefined ? [] : [`--epochs ${epochs}`]),
  ];
  return cuts.length === 0
    ? []
    : [
        `Cut by ${cuts.join(' and ')}: accuracies are not those of the whole run, nor to be compared with them.`,
      ];
}

/** What differs from network to network and is not in its name. */
export function networkNotes(parts: readonly Part[]): string[] {
  const enlarged = parts.filter(({ counts }) => 'enlargement' in counts && counts.enlargement > 1);
  const names = (of: readonly Part[]): string =>
    [...new Set(of.map(({ network }) => network))].join(', ');
  const slower = parts.filter(({ network }) => (networks[network]!.rateFactor ?? 1) !== 1);
  return [
    enlarged.length === 0
      ? ''
      : `The strides of ${names(enlarged)} ask for a greater input: each pixel is given twice along each axis.`,
    slower.length === 0 ? '' : `${names(slower)} trained with a smaller learning rate.`,
  ].filter((note) => note !== '');
}
