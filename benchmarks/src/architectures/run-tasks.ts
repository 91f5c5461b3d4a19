import type { Progress } from '../progress/progress.ts';
import { rowError } from '../report/failures.ts';
import { clock, digits, percent } from '../report/format.ts';
import { chooseRate } from './choose-rate.ts';
import type { BudgetEntry, PeerEntry, Task, TrainingEntry, WorkEntry } from './entries.ts';
import { BudgetTooSmallError } from './errors.ts';
import type { Journal } from './journal.ts';
import { passesWithin, secondsOfPass } from './passes.ts';
import { keyFor, type PlannedNetwork } from './plan.ts';
import { trialEpochs, type Recipe } from './recipe.ts';
import type { OnProgress, PeerTrainer, Trainer } from './trainer.ts';

/** What a run of tasks works with. */
export interface TaskRun {
  readonly tasks: readonly Task[];
  readonly networks: readonly PlannedNetwork[];
  readonly recipe: Recipe;
  readonly journal: Journal;
  /** Id of this process's session in the journal. */
  readonly session: string;
  readonly trainer: Trainer;
  /** What does the tasks of another library, where there are some. */
  readonly peer?: PeerTrainer;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

/**
 * Does the tasks in their order and writes each to the journal as soon as it is finished; those that are in it
 * already are passed over. A network that fails does not end the run.
 * @throws the reason of the signal; what was finished stands in the journal. JournalError where it cannot be written.
 */
export async function runTasks(run: TaskRun): Promise<void> {
  const { tasks, networks, journal, progress, signal } = run;
  const byKey = new Map(networks.map((network) => [name(keyFor(network)), network]));
  const done = tasks.filter((task) => journal.finished.has(task)).length;
  for (const [index, task] of tasks.entries()) {
    if (journal.finished.has(task)) continue;
    signal.throwIfAborted();
    const network = byKey.get(name(task))!;
    const label = labelOf(task);
    const onProgress: OnProgress = (share, detail) =>
      progress.show([
        { label, share, detail },
        { label: 'all', share: index / tasks.length, detail: `${index} of ${tasks.length}` },
      ]);
    onProgress(0, '');
    const entry = await workOn(run, network, task, onProgress);
    if (entry === null) continue;
    journal.add(entry);
    progress.note(`${index + 1}/${tasks.length} ${label}: ${resultOf(entry)}`);
  }
  if (done > 0) progress.note(`${done} of ${tasks.length} were in the journal already`);
}

const name = ({ set, member }: { readonly set: string; readonly member: string }): string =>
  `${member} on ${set}`;

function labelOf(task: Task): string {
  if (task.kind === 'rate') return `${name(task)}, rate ${task.rate}`;
  if (task.kind === 'budget') return `${name(task)}, budget`;
  return `${name(task)}, seed ${task.seed}${task.kind === 'peer' ? ', by the other library' : ''}`;
}

function resultOf(entry: WorkEntry): string {
  if (entry.error !== undefined) return `failed: ${entry.error.message}`;
  if (entry.kind === 'budget') {
    return `${entry.epochs} passes, ${digits(entry.coreSecondsPerSample! * 1000)} ms of a core for a sample`;
  }
  if (entry.kind === 'rate') {
    return `${percent(entry.validationAccuracy)} of validation, ${clock(entry.coreSeconds)} of a core`;
  }
  const { accuracy, coreSeconds } = entry.outcome!;
  const by = entry.kind === 'peer' ? `${entry.peer} ${entry.version}: ` : '';
  return `${by}${percent(accuracy)} of test, ${clock(coreSeconds)} of a core`;
}

/** The entry of a task; null where what it builds upon failed. @throws the reason of the signal. */
async function workOn(
  run: TaskRun,
  network: PlannedNetwork,
  task: Task,
  onProgress: OnProgress,
): Promise<WorkEntry | null> {
  const { session, journal, trainer, signal, recipe } = run;
  const key = { set: task.set, member: task.member, session };
  if (task.kind === 'budget') return budgetOf(run, network);
  const budget = journal.finished.budget(task);
  if (budget === undefined || budget.error !== undefined) return null;
  if (task.kind === 'rate') {
    const request = { rate: task.rate, epochs: trialEpochs(budget.epochs, recipe), seed: 0 };
    const tried = await outcomeOf(signal, () => trainer.tryRate(network, request, onProgress));
    const nothing = { validationAccuracy: null, validationLoss: null, seconds: 0, coreSeconds: 0 };
    return {
      kind: 'rate',
      ...key,
      ...request,
      ...('error' in tried ? { ...nothing, ...tried } : tried.outcome),
    };
  }
  const rate = chooseRate(journal.finished.rates(task));
  if (task.kind === 'peer')
    return rate === null ? null : peerEntryOf(run, network, task, rate, budget);
  const entry = { kind: 'training', ...key, seed: task.seed, epochs: budget.epochs } as const;
  if (rate === null) return { ...entry, rate, outcome: null, error: noRate };
  const request = { rate, epochs: budget.epochs, seed: task.seed };
  const trained = await outcomeOf(signal, () => trainer.train(network, request, onProgress));
  return { ...entry, rate, outcome: null, ...trained } satisfies TrainingEntry;
}

/** A training by the other library. */
async function peerEntryOf(
  { session, signal, peer }: TaskRun,
  network: PlannedNetwork,
  { set, member, seed }: Task & { readonly seed: number },
  rate: number,
  { epochs }: BudgetEntry,
): Promise<PeerEntry> {
  const { name: library, version } = peer!;
  const request = { rate, epochs, seed };
  const trained = await outcomeOf(signal, () => peer!.train(network, request));
  const entry = { kind: 'peer', set, member, session, peer: library, version, ...request } as const;
  return { ...entry, outcome: null, ...trained };
}

const noRate = { name: 'Error', message: 'every learning rate that was tried failed' };

/** Passes that fit into the budget. */
async function budgetOf(
  { recipe, session, trainer, signal }: TaskRun,
  network: PlannedNetwork,
): Promise<BudgetEntry> {
  const entry = { kind: 'budget', ...keyFor(network), session } as const;
  const { counts, set, member } = network;
  if ('message' in counts)
    return { ...entry, epochs: 0, coreSecondsPerSample: null, error: counts };
  const timed = await outcomeOf(signal, () => trainer.time(network));
  if ('error' in timed) return { ...entry, epochs: 0, coreSecondsPerSample: null, ...timed };
  const coreSecondsPerSample = timed.outcome;
  const stepSeconds = trainer.samplesOf(network) * coreSecondsPerSample;
  const epochs = passesWithin(recipe, set.epochs, stepSeconds);
  if (epochs > 0) return { ...entry, epochs, coreSecondsPerSample };
  const error = new BudgetTooSmallError(
    `${recipe.coreMinutes} core minutes are too few for ${member.label} on ${set.name}: one pass takes ` +
      `${digits(secondsOfPass(stepSeconds) / 60)}, and a training is one pass at least`,
  );
  return { ...entry, epochs, coreSecondsPerSample, error: rowError(error) };
}

type Outcome<Result> =
  | { readonly outcome: Result }
  | { readonly error: { readonly name: string; readonly message: string } };

/** What the work gave, or its error; only an interruption rejects. */
async function outcomeOf<Result>(
  signal: AbortSignal,
  work: () => Promise<Result>,
): Promise<Outcome<Result>> {
  try {
    return { outcome: await work() };
  } catch (error) {
    signal.throwIfAborted();
    return { error: rowError(error) };
  }
}
