import { renameSync, writeFileSync } from 'node:fs';

import { chooseRate } from './choose-rate.ts';
import {
  backendOf,
  journalFormat,
  type JournalEntry,
  type JournalHead,
  type WorkEntry,
} from './entries.ts';
import { JournalError } from './errors.ts';
import { FinishedWork } from './finished-work.ts';
import { isWork, readJournal, refuseOtherRecipe } from './journal.ts';
import { joinedRecipe, trialEpochs, type Recipe } from './recipe.ts';

/** The journals of shards as one. */
export interface MergedJournals {
  readonly recipe: Recipe;
  readonly finished: FinishedWork;
  /** Its lines behind the head. */
  readonly entries: readonly JournalEntry[];
  /** Pieces of work that a journal has and an earlier one had already; the first is kept. */
  readonly repeated: number;
  /** Pieces left out since their network was trained otherwise in an earlier journal; see `isUnlike`. */
  readonly unlike: number;
}

/**
 * Joins journals of the same recipe and samples.
 * @throws JournalError.
 */
export function mergeJournals(files: readonly string[]): MergedJournals {
  const finished = new FinishedWork();
  const entries: JournalEntry[] = [];
  let recipe: Recipe | undefined;
  let repeated = 0;
  let unlike = 0;
  for (const file of files) {
    const content = readJournal(file);
    recipe ??= content.head.recipe;
    refuseOtherRecipe(recipe, content.head.recipe, file);
    recipe = joinedRecipe(recipe, content.head.recipe);
    refuseOtherBackend(content.entries, finished, file);
    const own = new Set(content.entries);
    for (const entry of content.entries) {
      if (isWork(entry) && isUnlike(entry, finished, own, recipe)) unlike++;
      else if (finished.add(entry, file)) entries.push(entry);
      else if (isWork(entry)) repeated++;
    }
  }
  if (recipe === undefined) throw new JournalError('content', 'expected at least one journal');
  return { recipe, finished, entries, repeated, unlike };
}

/**
 * Whether work on a network cannot stand beside what an earlier journal has of it: two processes that began with the same network
 * may have found other passes for it in the budget, on a faster machine, and another rate. Seeds of both would have no mean.
 * @param own entries of the journal that it is in.
 */
function isUnlike(
  entry: WorkEntry,
  finished: FinishedWork,
  own: ReadonlySet<JournalEntry>,
  recipe: Recipe,
): boolean {
  const budget = finished.budget(entry);
  if (entry.kind === 'budget' || budget === undefined || own.has(budget)) return false;
  if (finished.has(entry)) return false;
  if (entry.kind === 'rate') return entry.epochs !== trialEpochs(budget.epochs, recipe);
  return entry.epochs !== budget.epochs || entry.rate !== chooseRate(finished.rates(entry));
}

/** @throws JournalError where another backend did what earlier journals have. */
function refuseOtherBackend(
  entries: readonly JournalEntry[],
  { sessions }: FinishedWork,
  source: string,
): void {
  const before = sessions[0] && backendOf(sessions[0]);
  for (const entry of entries) {
    if (before === undefined || entry.kind !== 'session' || backendOf(entry) === before) continue;
    throw new JournalError(
      'recipe',
      `${source} has trainings of ${backendOf(entry)}, what it would be joined with those of ${before}`,
    );
  }
}

/** Writes joined journals, so that a run can go on with them; the file is there as a whole or not at all. */
export function writeMerged(file: string, { recipe, entries }: MergedJournals): void {
  const head: JournalHead = { format: journalFormat, recipe };
  const text = [head, ...entries].map((line) => `${JSON.stringify(line)}\n`).join('');
  try {
    writeFileSync(`${file}.part`, text, { flush: true });
    renameSync(`${file}.part`, file);
  } catch (cause) {
    throw new JournalError('access', `${file} cannot be written: ${(cause as Error).message}`, {
      cause,
    });
  }
}
