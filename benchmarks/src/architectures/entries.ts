import type { Attribution, Session } from '../report/report.ts';
import type { RowError, Timing } from '../report/row.ts';
import type { Recipe, SetRecipe } from './recipe.ts';

/** The lines of a journal. */

export const journalFormat = 'convnet-bench-journal-1';

/** The first line. */
export interface JournalHead {
  readonly format: typeof journalFormat;
  readonly recipe: Recipe;
}

/** A process that added to the journal; what it adds names it by its `id`. */
export interface SessionEntry extends Session {
  readonly kind: 'session';
}

/** Name of the backend that it computed with. */
export const backendOf = ({ device }: Pick<Session, 'device'>): string => device.split(' ', 1)[0]!;

/** A set whose samples were read. */
export interface SetEntry {
  readonly kind: 'set';
  readonly set: string;
  readonly digest: string;
  readonly inputShape: readonly number[];
  readonly numClasses: number;
  readonly train: number;
  readonly validation: number;
  readonly test: number;
  readonly source: Attribution;
  /** How it trains; the first journals have it in their head alone. */
  readonly recipe?: SetRecipe;
}

/** What an entry about one network is about. */
export interface NetworkKey {
  readonly set: string;
  readonly member: string;
}

/** What the budget allows a network, from the time of a few steps. */
export interface BudgetEntry extends NetworkKey {
  readonly kind: 'budget';
  readonly session: string;
  /** Seconds of a core for each sample of a training step. */
  readonly coreSecondsPerSample: number | null;
  /** Passes of its trainings: those of the recipe, or fewer. */
  readonly epochs: number;
  readonly error?: RowError;
}

/** A learning rate that was tried on the validation samples. */
export interface RateEntry extends NetworkKey {
  readonly kind: 'rate';
  readonly session: string;
  readonly rate: number;
  readonly seed: number;
  readonly epochs: number;
  readonly validationAccuracy: number | null;
  readonly validationLoss: number | null;
  readonly seconds: number;
  readonly coreSeconds: number;
  readonly error?: RowError;
}

/** One pass of a training. */
export interface CurvePoint {
  readonly epoch: number;
  /** Mean training loss. */
  readonly loss: number;
  readonly validationAccuracy: number;
  readonly validationLoss: number;
  /** Of a core, since the beginning of the training. */
  readonly coreSeconds: number;
}

/** What a training with the chosen rate gave. */
export interface TrainingOutcome {
  /** On the test samples, which were used once, after the last pass. */
  readonly accuracy: number;
  readonly testLoss: number;
  readonly curve: readonly CurvePoint[];
  /** Of training, without validation and test. */
  readonly seconds: number;
  /** The same in seconds of a core: what other work on the machine changes less. */
  readonly coreSeconds: number;
  /** Milliseconds of a training step. */
  readonly step: Timing;
  /** Milliseconds of the compiled network for one sample. */
  readonly inference: Timing;
  /** Bytes that the device had taken from the system when the training ended. */
  readonly memoryBytes: number;
}

export interface TrainingEntry extends NetworkKey {
  readonly kind: 'training';
  readonly session: string;
  readonly seed: number;
  readonly rate: number | null;
  readonly epochs: number;
  readonly outcome: TrainingOutcome | null;
  readonly error?: RowError;
}

/** What the same training in another library gave; its times are of that library's process. */
export type PeerOutcome = Pick<
  TrainingOutcome,
  'accuracy' | 'testLoss' | 'curve' | 'seconds' | 'coreSeconds'
>;

/** A training with the chosen rate by another library, on the same samples and by the same recipe. */
export interface PeerEntry extends NetworkKey {
  readonly kind: 'peer';
  readonly session: string;
  readonly peer: string;
  readonly version: string;
  readonly seed: number;
  readonly rate: number;
  readonly epochs: number;
  readonly outcome: PeerOutcome | null;
  readonly error?: RowError;
}

/** The compiled network timed again, apart from its trainings, in turns with the others. The newest counts. */
export interface LatencyEntry extends NetworkKey {
  readonly kind: 'latency';
  readonly session: string;
  /** Milliseconds for one sample. */
  readonly inference: Timing;
}

/** Work that was finished. */
export type WorkEntry = BudgetEntry | RateEntry | TrainingEntry | PeerEntry;

export type JournalEntry = SessionEntry | SetEntry | LatencyEntry | WorkEntry;

/** Work that is equal has the same key. */
export function keyOf(entry: WorkEntry | Task): string {
  const about = `${entry.set} ${entry.member} ${entry.kind}`;
  if (entry.kind === 'rate') return `${about} ${entry.rate}`;
  return entry.kind === 'budget' ? about : `${about} ${entry.seed}`;
}

/** Work to do. */
export type Task =
  | (NetworkKey & { readonly kind: 'budget' })
  | (NetworkKey & { readonly kind: 'rate'; readonly rate: number })
  | (NetworkKey & { readonly kind: 'training' | 'peer'; readonly seed: number });
