import type { Session } from '../report/report.ts';
import { accuracyText, figuresOfSeeds } from '../report/accuracy-text.ts';
import { coreHours } from '../report/format.ts';
import type { ComparisonFigures, PeerTrainings, Row, SeedFigures } from '../report/row.ts';
import { meanOf, sampleDeviation } from '../report/statistics.ts';
import type {
  PeerEntry,
  PeerOutcome,
  SetEntry,
  TrainingEntry,
  TrainingOutcome,
} from './entries.ts';
import type { FinishedWork } from './finished-work.ts';
import { literatureNotes } from './literature.ts';
import { isPaired } from './pairs.ts';
import { keyFor, seedsOf, type PlannedNetwork } from './plan.ts';
import type { Recipe } from './recipe.ts';

/** A training that succeeded. */
type Finished = TrainingEntry & { readonly outcome: TrainingOutcome; readonly rate: number };

const isFinished = (entry: TrainingEntry): entry is Finished => entry.outcome !== null;

/** The processes that did the work, as a report has them. */
export const sessionsOf = ({ sessions }: FinishedWork): Session[] =>
  sessions.map((session) => {
    const { kind: _, ...facts } = session;
    return facts;
  });

/** Rows of the networks of which something is known, and what a reader must know about them. */
export function resultsOf(
  work: FinishedWork,
  networks: readonly PlannedNetwork[],
  recipe: Recipe,
  suite: string,
): { readonly rows: readonly Row[]; readonly notes: readonly string[] } {
  const rows = networks.flatMap((network) => rowOf(work, network, recipe, suite) ?? []);
  const known = rows.flatMap(({ model, dataset, comparison, training }) =>
    comparison === undefined ? [] : [{ name: `${model} on ${dataset}`, comparison, training }],
  );
  // What failed has nothing that a note would explain.
  if (known.length === 0) return { rows, notes: [] };
  const [least, greatest] = [Math.min(...recipe.rates), Math.max(...recipe.rates)];
  const coreMinutes = known.flatMap(({ comparison }) =>
    comparison.seeds.map(({ coreSeconds }) => coreSeconds / 60),
  );
  const listed = (text: string, some: typeof known): string[] =>
    some.length === 0 ? [] : [`${text}: ${some.map(({ name }) => name).join(', ')}.`];
  return {
    rows,
    notes: [
      `Rates were chosen on validation samples: ${recipe.rateRule}. The test samples were used once for each training.`,
      `All trainings and trials of rates took ${coreHours(work.coreSeconds)} core-hours; the longest training took ${Math.max(...coreMinutes).toFixed(1)} core-minutes of the ${recipe.coreMinutes} that it may take, judged by the time of some steps.`,
      '± is the standard deviation over the seeds; a row without it has one seed, and may be off by as much.',
      ...listed(
        `At ${recipe.coreMinutes} core minutes a training, these made fewer passes than the others`,
        known.filter((row) => row.training!.epochs < row.comparison.recipeEpochs),
      ),
      ...listed(
        'Their rate is the least or the greatest that was tried, so a better one may lie beyond',
        known.filter(({ comparison: { rate } }) => rate === least || rate === greatest),
      ),
      ...latencyNotes(work, known),
      ...peerNotes(rows),
      ...literatureNotes(rows, networks, recipe),
      ...listed(
        'Not all of their seeds are finished',
        known.filter(({ comparison }) => endedSeeds(comparison) < comparison.plannedSeeds),
      ),
      ...failureNotes(known),
    ],
  };
}

/**
 * The row of a network from the work on it that was finished: means over the seeds, and their spread. Null where no
 * training of it has ended.
 */
export function rowOf(
  work: FinishedWork,
  network: PlannedNetwork,
  recipe: Recipe,
  suite: string,
): Row | null {
  const key = keyFor(network);
  const trainings = work.trainings(key).toSorted((a, b) => a.seed - b.seed);
  const finished = trainings.filter(isFinished);
  const error = work.budget(key)?.error ?? trainings.find((entry) => entry.error)?.error;
  const session = work.sessions.find(({ id }) => id === trainings[0]?.session);
  const set = work.sets.find((entry) => entry.set === key.set);
  const [backend = '?'] = (session?.device ?? '?').split(' ');
  const blank = {
    ...blankOf(network, suite, backend, session?.threads ?? 1),
    ...(session === undefined ? {} : { session: session.id }),
  };
  if (finished.length === 0 && error !== undefined) return { ...blank, error };
  if (finished.length === 0 || set === undefined) return null;
  return { ...blank, ...figuresOf(work, network, recipe, trainings, set) };
}

function blankOf(
  { set, member, counts }: PlannedNetwork,
  suite: string,
  backend: string,
  threads: number,
): Row {
  const isCounted = 'macs' in counts;
  return {
    suite,
    model: member.label,
    dims: set.dims,
    backend,
    threads,
    dataset: set.name,
    inputShape: isCounted ? counts.inputShape : null,
    params: isCounted ? counts.params : null,
    macs: isCounted ? counts.macs : null,
    accuracy: null,
    ms: null,
  };
}

function figuresOf(
  work: FinishedWork,
  network: PlannedNetwork,
  recipe: Recipe,
  trainings: readonly TrainingEntry[],
  samples: SetEntry,
): Pick<Row, 'accuracy' | 'accuracies' | 'ms' | 'training' | 'comparison'> {
  const { set, member, smallest } = network;
  const finished = trainings.filter(isFinished);
  const failed = trainings.flatMap(({ seed, error, outcome }) =>
    error === undefined || outcome !== null ? [] : [{ seed, error }],
  );
  const [first] = finished;
  const peer = peerOf(work, network);
  const outcomes = finished.map(({ outcome }) => outcome);
  const accuracies = outcomes.map(({ accuracy }) => accuracy);
  const seconds = meanOf(outcomes.map((outcome) => outcome.seconds));
  const { epochs } = first!;
  const quickest = (key: 'step' | 'inference') =>
    finished.toSorted((a, b) => a.outcome[key].median - b.outcome[key].median)[0]!;
  const apart = work.latency(keyFor(network));
  return {
    accuracy: meanOf(accuracies),
    accuracies,
    ms: quickest('step').outcome.step,
    training: {
      epochs,
      batchSize: recipe.batchSize,
      trainSamples: samples.train,
      testSamples: samples.test,
      loss: meanOf(outcomes.map(({ curve }) => curve.at(-1)!.loss)),
      seconds,
      secondsPerEpoch: seconds / epochs,
      samplesPerSecond: (samples.train * set.repeats * epochs) / seconds,
    },
    comparison: {
      family: member.family,
      smallest,
      rate: first!.rate,
      rates: work
        .rates(keyFor(network))
        .map(({ rate, validationAccuracy }) => ({ rate, validationAccuracy })),
      recipeEpochs: set.epochs,
      seeds: finished.map(seedOf),
      plannedSeeds: seedsOf(network, recipe),
      ...(failed.length === 0 ? {} : { failedSeeds: failed }),
      inference: apart?.inference ?? quickest('inference').outcome.inference,
      inferenceSession: (apart ?? quickest('inference')).session,
      inferenceApart: apart !== undefined,
      memoryBytes: Math.max(...outcomes.map(({ memoryBytes }) => memoryBytes)),
      ...(peer === null ? {} : { peer }),
    },
  };
}

/** A row, as notes name it. */
interface KnownRow {
  readonly name: string;
  readonly comparison: ComparisonFigures;
}

/** How the times for one sample came to be, and on what. */
function latencyNotes({ sessions }: FinishedWork, known: readonly KnownRow[]): string[] {
  const placeOf = ({ comparison }: KnownRow): string => {
    const session = sessions.find(({ id }) => id === comparison.inferenceSession);
    if (session === undefined) return 'an unknown machine';
    const { machine, threads } = session;
    return `${machine.cpu}, ${threads === 1 ? 'one thread' : `${threads} threads`}`;
  };
  const dayOf = ({ comparison }: KnownRow): string =>
    sessions.find(({ id }) => id === comparison.inferenceSession)?.date.slice(0, 10) ?? '?';
  const listOf = (texts: readonly string[]): string => [...new Set(texts)].toSorted().join(' and ');
  const apart = known.filter(({ comparison }) => comparison.inferenceApart === true);
  const beside = known.filter((row) => !apart.includes(row));
  const places = new Set(known.map(placeOf));
  const caution =
    places.size > 1 ? ['Times for one sample of different machines are not to be compared.'] : [];
  const after = (some: readonly KnownRow[]): string =>
    `right after their training, where other work on the machine shows (${listOf(some.map(placeOf))})`;
  if (apart.length === 0) return [`Times for one sample were taken ${after(beside)}.`, ...caution];
  const days = listOf(apart.map((row) => `${dayOf(row)} (${placeOf(row)})`));
  const inTurns = `Times for one sample were taken in turns, apart from the trainings, on ${days}`;
  if (beside.length === 0) return [`${inTurns}.`, ...caution];
  const names = beside.map(({ name }) => name).join(', ');
  return [`${inTurns}; but of ${names} ${after(beside)}.`, ...caution];
}

/** Seeds whose trainings ended, well or not. */
const endedSeeds = ({ seeds, failedSeeds = [] }: ComparisonFigures): number =>
  seeds.length + failedSeeds.length;

/** Seeds that are in no mean, which makes it look better than the network is. */
function failureNotes(known: readonly KnownRow[]): string[] {
  const failures = known.flatMap(({ name, comparison: { failedSeeds = [] } }) =>
    failedSeeds.map(({ seed, error }) => `${name}, seed ${seed} (${error.name})`),
  );
  return failures.length === 0
    ? []
    : [`Trainings that failed are not in the means of the others: ${failures.join('; ')}.`];
}

/** A training, of whichever library. */
const seedOf = ({
  seed,
  session,
  outcome,
}: Pick<PeerEntry, 'seed' | 'session'> & { readonly outcome: PeerOutcome }): SeedFigures => ({
  seed,
  accuracy: outcome.accuracy,
  seconds: outcome.seconds,
  coreSeconds: outcome.coreSeconds,
  session,
  curve: outcome.curve,
});

/** What the other library reached beside each network that it trained too. */
function peerNotes(rows: readonly Row[]): string[] {
  const pairs = rows.flatMap(({ model, dataset, accuracies, comparison }) => {
    const peer = comparison?.peer;
    if (peer === undefined || accuracies === undefined) return [];
    const theirs = peer.seeds.map(({ accuracy }) => accuracy);
    const beside = `${accuracyText(figuresOfSeeds(theirs))} beside ${accuracyText(figuresOfSeeds(accuracies))} here`;
    const text = `${model} on ${dataset} ${beside}${differenceOfMeans(accuracies, theirs)}`;
    return [{ by: `${peer.name} ${peer.version}`, text }];
  });
  return [...new Set(pairs.map(({ by }) => by))].map((by) => {
    const texts = pairs.filter((pair) => pair.by === by).map(({ text }) => text);
    return `${by} trained these too, by the same recipe with the same rates on the same samples: ${texts.join('; ')}.`;
  });
}

/** ', 0.7 points apart with a standard error of 1.9'; empty where one of them has one seed. */
function differenceOfMeans(ours: readonly number[], theirs: readonly number[]): string {
  if (Math.min(ours.length, theirs.length) === 1) return '';
  const points = (share: number): string => (share * 100).toFixed(1);
  const errors = [ours, theirs].map((some) => sampleDeviation(some) / Math.sqrt(some.length));
  return `, ${points(Math.abs(meanOf(ours) - meanOf(theirs)))} points apart with a standard error of ${points(Math.hypot(...errors))}`;
}

/** The same trainings by another library; null where none has ended. */
function peerOf(work: FinishedWork, network: PlannedNetwork): PeerTrainings | null {
  const trainings = isPaired(network) ? work.peers(keyFor(network)) : [];
  const seeds = trainings
    .toSorted((a, b) => a.seed - b.seed)
    .flatMap(({ outcome, ...entry }) => (outcome === null ? [] : [seedOf({ ...entry, outcome })]));
  if (seeds.length === 0) return null;
  const versions = [...new Set(trainings.map(({ version }) => version))];
  return { name: trainings[0]!.peer, version: versions.join(', '), seeds };
}
