import type { DataSource } from '@convnet/datasets';

import { datasets, type BenchDataset } from '../dataset-table.ts';
import type { BenchOptions } from '../options.ts';
import { rowError } from '../report/failures.ts';
import type { RowError } from '../report/row.ts';
import { affordableShare, cutTo, testShare, type BudgetRequest } from './budget.ts';
import { countsOf, type ModelCounts } from './counts.ts';
import type { Job } from './job.ts';
import { networkNames, networks } from './networks.ts';

/** A set of the run. */
export interface PlannedSet {
  readonly bench: BenchDataset;
  readonly source: DataSource;
  /** Of one sample, as the set has it. */
  readonly inputShape: readonly number[];
  readonly numClasses: number;
}

/** A network that will train on a set, or the reason why it cannot. */
export interface Part {
  readonly set: PlannedSet;
  /** Name of the network. */
  readonly network: string;
  readonly counts: ModelCounts | RowError;
  readonly job: Job;
}

/** A part whose step was timed. */
export interface TimedPart extends Part {
  /** Seconds that a sample takes in a training step, or the reason why the network cannot train. */
  readonly timing: number | RowError;
}

const secondsPerSample = ({ timing }: TimedPart): number =>
  typeof timing === 'number' ? timing : 0;

/** Seconds that training and testing may take. */
const mostSeconds = 180;

/** Trainings of a network on a set, which differ in their seed and stand beside each other among the parts. */
export const seedsOfEach = 3;

/** Loads the sets for their shapes, counts the networks, and writes down all that there is to train. */
export async function partsOf(options: BenchOptions): Promise<Part[]> {
  const { limit = Number.POSITIVE_INFINITY, seed } = options;
  const parts: Part[] = [];
  for (const [dataset, bench] of datasets.entries()) {
    if (!isAsked(bench, options)) continue;
    const names = options.models ?? defaultNetworks(bench);
    const { source, train, test } = await bench.load();
    const numClasses = train.classes.length;
    const set = { bench, source, inputShape: train.inputShape, numClasses };
    for (const network of names) {
      const counts = countsOrError(network, set);
      const first: Job = {
        dataset,
        network,
        enlargement: 'enlargement' in counts ? counts.enlargement : 1,
        epochs: options.epochs ?? bench.epochs,
        trainSamples: Math.min(limit, train.length),
        testSamples: Math.min(limit, test.length),
        seed,
      };
      for (let i = 0; i < seedsOfEach; i++) {
        parts.push({ set, network, counts, job: { ...first, seed: seed + i } });
      }
    }
  }
  return parts;
}

function isAsked({ name, onRequest }: BenchDataset, { datasets: some }: BenchOptions): boolean {
  return some?.includes(name) ?? onRequest !== true;
}

/** What trains on a set where the user names no networks. */
function defaultNetworks({ networks: some }: BenchDataset): readonly string[] {
  return networkNames.filter(
    (name) => (some?.includes(name) ?? true) && networks[name]!.onRequest !== true,
  );
}

function countsOrError(
  network: string,
  { bench, inputShape, numClasses }: PlannedSet,
): ModelCounts | RowError {
  const [inChannels, ...inputSize] = inputShape;
  const { build } = networks[network]!;
  try {
    return countsOf(build, { dims: bench.dims, inChannels: inChannels!, numClasses, inputSize });
  } catch (error) {
    return rowError(error);
  }
}

/** Seconds that a part will take on its lane. */
export function secondsOfPart(part: TimedPart): number {
  const { epochs, trainSamples, testSamples } = part.job;
  return (epochs * trainSamples + testSamples * testShare) * secondsPerSample(part);
}

/** What will be trained: the parts, and the share of the whole training that they are. */
export interface Plan {
  readonly parts: readonly TimedPart[];
  readonly share: number;
}

/**
 * Cuts the training of all networks to the same share where this machine would take longer for it than the
 * most that a run may take; the networks of a set train on the same samples in any case. Whole sets are not cut, nor are
 * passes that the user asked for.
 * @param lanes networks that train at a time.
 */
export function planOf(
  parts: readonly TimedPart[],
  { epochs }: Pick<BenchOptions, 'epochs'>,
  lanes: number,
): Plan {
  const sets = [...new Set(parts.map(({ set }) => set))];
  const requests = sets.map((set): BudgetRequest => {
    const own = parts.filter((part) => part.set === set);
    const sum = own.reduce((total, part) => total + secondsPerSample(part), 0);
    return {
      ...own[0]!.job,
      secondsPerSample: sum / lanes,
      whole: set.bench.whole === true,
    };
  });
  const share = epochs === undefined ? affordableShare(requests, mostSeconds) : 1;
  const budgets = cutTo(requests, share);
  const cut = parts.map((part) => ({
    ...part,
    job: { ...part.job, ...budgets[sets.indexOf(part.set)]! },
  }));
  return { parts: cut, share };
}
