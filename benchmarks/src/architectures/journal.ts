import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';

import { journalFormat, type JournalEntry, type JournalHead, type WorkEntry } from './entries.ts';
import { JournalError } from './errors.ts';
import { faultOfEntry, faultOfHead } from './entry-faults.ts';
import { FinishedWork } from './finished-work.ts';
import { JournalLock } from './journal-lock.ts';
import { differenceOfRecipes, joinedRecipe, type Recipe } from './recipe.ts';

/** What a journal file holds. */
export interface JournalContent {
  readonly head: JournalHead;
  readonly entries: readonly JournalEntry[];
  /** Bytes of the whole lines: what is behind them was being written when the process was killed. */
  readonly wholeBytes: number;
  readonly torn: boolean;
}

/**
 * Reads the text of a journal. A last line without an end is left out: a kill in the middle of a write leaves one.
 * @throws JournalError with fault 'version' for another format, 'content' for a line that is no entry.
 */
export function parseJournal(bytes: Uint8Array, source: string): JournalContent {
  const wholeBytes = bytes.lastIndexOf(0x0a) + 1;
  const lines = new TextDecoder().decode(bytes.subarray(0, wholeBytes)).split('\n').slice(0, -1);
  const [first, ...rest] = lines.map((line, i) => parseLine(line, i + 1, source));
  if (first === undefined) {
    throw new JournalError('content', `${source}: expected the head of a journal, got no line`);
  }
  const format = first['format'];
  if (format !== journalFormat) {
    const got = format === undefined ? 'no format' : JSON.stringify(format);
    throw new JournalError(
      'version',
      `${source}: expected a journal of format '${journalFormat}', got ${got}; ` +
        'the version of the benchmarks that wrote it can go on with it',
    );
  }
  for (const [i, entry] of rest.entries()) {
    if (!kinds.has(String(entry['kind']))) {
      const kind = JSON.stringify(entry['kind']);
      throw new JournalError('content', `${source}: line ${i + 2} is of the unknown kind ${kind}`);
    }
  }
  for (const [i, entry] of rest.entries()) {
    const fault = faultOfEntry(entry);
    if (fault === null) continue;
    throw new JournalError(
      'content',
      `${source}: line ${i + 2}, a ${String(entry['kind'])}: ${fault}`,
    );
  }
  const fault = faultOfHead(first);
  if (fault !== null) throw new JournalError('content', `${source}: line 1, the head: ${fault}`);
  return {
    head: first as unknown as JournalHead,
    entries: rest as unknown as JournalEntry[],
    wholeBytes,
    torn: wholeBytes < bytes.length,
  };
}

const kinds: ReadonlySet<string> = new Set<JournalEntry['kind']>([
  'session',
  'set',
  'budget',
  'rate',
  'training',
  'peer',
  'latency',
]);

function parseLine(line: string, number: number, source: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(line);
    if (typeof value === 'object' && value !== null) return value as Record<string, unknown>;
  } catch {
    // Said below.
  }
  const got = JSON.stringify(line.slice(0, 40));
  throw new JournalError(
    'content',
    `${source}: expected a JSON object in line ${number}, got ${got}`,
  );
}

/** @throws JournalError as `parseJournal`, and with fault 'access' where the file cannot be read. */
export function readJournal(file: string): JournalContent {
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(file);
  } catch (cause) {
    throw new JournalError('access', `${file} cannot be read: ${reason(cause)}`, { cause });
  }
  return parseJournal(bytes, file);
}

/** Whether a kill came while the first line was being written: then there is no more than a part of it. */
function isHeadBegun(file: string): boolean {
  if (!statSync(file).isFile()) return false;
  const text = readFileSync(file, 'utf8');
  const start = `{"format":"${journalFormat}",`;
  return !text.includes('\n') && start.startsWith(text.slice(0, start.length));
}

/**
 * The finished work of a run as a file of JSON lines, which grows by one line with each piece. What is in the file
 * stays, however the process ends.
 */
export class Journal {
  readonly file: string;
  readonly finished: FinishedWork = new FinishedWork();
  readonly #lock: JournalLock;
  #recipe: Recipe;

  private constructor(file: string, recipe: Recipe, lock: JournalLock) {
    this.file = file;
    this.#recipe = recipe;
    this.#lock = lock;
  }

  /** Of all its work, also on sets that this run does without. */
  get recipe(): Recipe {
    return this.#recipe;
  }

  /**
   * Begins a journal, or goes on with the one that is there.
   * @param resume whether an existing journal is gone on with; without, it is refused, unless it holds no finished work.
   * @throws JournalError.
   */
  static open(file: string, recipe: Recipe, resume: boolean): Journal {
    const lock = writing(file, () => {
      mkdirSync(dirname(file), { recursive: true });
      return JournalLock.take(file);
    });
    const journal = new Journal(file, recipe, lock);
    try {
      journal.#begin(resume);
    } catch (error) {
      journal.close();
      throw error;
    }
    return journal;
  }

  #begin(resume: boolean): void {
    if (!existsSync(this.file) || isHeadBegun(this.file)) {
      writing(this.file, () => writeFileSync(this.file, ''));
      this.#append({ format: journalFormat, recipe: this.#recipe });
      return;
    }
    const { head, entries, wholeBytes, torn } = readJournal(this.file);
    const work = entries.filter(isWork).length;
    if (!resume && work === 0) {
      // Of a run that ended before anything was done, as where a data set was not found.
      writing(this.file, () => truncateSync(this.file));
      this.#append({ format: journalFormat, recipe: this.#recipe });
      return;
    }
    if (!resume) {
      throw new JournalError(
        'exists',
        `${this.file} holds ${work} finished ${work === 1 ? 'piece' : 'pieces'} of work: go on with ${work === 1 ? 'it' : 'them'} by --resume, or ` +
          'write to another folder by --out',
      );
    }
    refuseOtherRecipe(this.#recipe, head.recipe, this.file);
    this.#recipe = joinedRecipe(head.recipe, this.#recipe);
    if (torn) writing(this.file, () => truncateSync(this.file, wholeBytes));
    for (const entry of entries) this.finished.add(entry, this.file);
  }

  /**
   * Adds a line for what is new, and waits until it is on the disk.
   * @throws JournalError with fault 'recipe' for a set with other samples, 'access' where it cannot be written.
   */
  add(entry: JournalEntry): void {
    if (this.finished.add(entry, this.file)) this.#append(entry);
  }

  /** Lets other processes write to it. */
  close(): void {
    this.#lock.release();
  }

  #append(line: JournalHead | JournalEntry): void {
    writing(this.file, () =>
      appendFileSync(this.file, `${JSON.stringify(line)}\n`, { flush: true }),
    );
  }
}

export const isWork = (entry: JournalEntry): entry is WorkEntry =>
  entry.kind !== 'session' && entry.kind !== 'set' && entry.kind !== 'latency';

/** @throws JournalError naming the first difference. */
export function refuseOtherRecipe(ours: Recipe, theirs: Recipe, source: string): void {
  const difference = differenceOfRecipes(theirs, ours);
  if (difference === null) return;
  throw new JournalError(
    'recipe',
    `${source} follows another recipe (${difference}, here): its trainings cannot be compared with these`,
  );
}

/** What `write` gives. @throws JournalError with fault 'access' in place of errors of the file system. */
function writing<Result>(file: string, write: () => Result): Result {
  try {
    return write();
  } catch (error) {
    if (error instanceof JournalError) throw error;
    throw new JournalError('access', `${file} cannot be written: ${reason(error)}`, {
      cause: error,
    });
  }
}

const reason = (error: unknown): string => (error instanceof Error ? error.message : String(error));
