import { renameSync, writeFileSync } from 'node:fs';

import { journalFormat, type JournalEntry, type JournalHead } from './entries.ts';
import { JournalError } from './errors.ts';
import { FinishedWork } from './finished-work.ts';
import { isWork, readJournal, refuseOtherRecipe } from './journal.ts';
import { joinedRecipe, type Recipe } from './recipe.ts';

/** The journals of shards as one. */
export interface MergedJournals {
  readonly recipe: Recipe;
  readonly finished: FinishedWork;
  /** Its lines behind the head. */
  readonly entries: readonly JournalEntry[];
  /** Pieces of work that a journal has and an earlier one had already; the first is kept. */
  readonly repeated: number;
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
  for (const file of files) {
    const content = readJournal(file);
    recipe ??= content.head.recipe;
    refuseOtherRecipe(recipe, content.head.recipe, file);
    recipe = joinedRecipe(recipe, content.head.recipe);
    for (const entry of content.entries) {
      if (finished.add(entry, file)) entries.push(entry);
      else if (isWork(entry)) repeated++;
    }
  }
  if (recipe === undefined) throw new JournalError('content', 'expected at least one journal');
  return { recipe, finished, entries, repeated };
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
