import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';

import { FakeTrainer } from '../testing/fake-trainer.ts';
import { session, smallRun, smallSet } from '../testing/small-run.ts';
import { JournalError, type JournalFault } from './errors.ts';
import { Journal, parseJournal, readJournal } from './journal.ts';
import { recipeFor, setRecipe } from './recipe.ts';
import { comparedSets } from './sets.ts';

let folder: string;
let file: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'convnet-journal-'));
  file = join(folder, 'results', 'run.jsonl');
});
afterEach(() => rm(folder, { recursive: true }));

const recipe = recipeFor();

/** The fault and message of the JournalError that `open` throws. */
function refusalOf(open: () => unknown): {
  readonly fault: JournalFault;
  readonly message: string;
} {
  try {
    open();
  } catch (error) {
    if (error instanceof JournalError) return { fault: error.fault, message: error.message };
    throw error;
  }
  throw new Error('expected a JournalError');
}

const refusal = (fault: JournalFault, message: string | RegExp) => ({
  fault,
  message: expect.stringMatching(message) as unknown,
});

test('an existing journal is gone on with only where that is asked for', async () => {
  await smallRun(file, { trainer: new FakeTrainer() });
  expect(refusalOf(() => Journal.open(file, recipe, false))).toEqual(
    refusal('exists', /holds 22 finished pieces of work: go on with them by --resume/),
  );
  const journal = Journal.open(file, recipe, true);
  expect(journal.finished.work).toHaveLength(22);
  journal.close();
});

test('a journal in which nothing was finished stands in nobody’s way', () => {
  const first = Journal.open(file, recipe, false);
  first.add(session('where the data set was not found'));
  first.close();
  const journal = Journal.open(file, recipe, false);
  journal.add(session('next'));
  journal.close();
  expect(readJournal(file).entries).toEqual([session('next')]);
});

test('a line that was cut by a kill is taken away, and nothing else', async () => {
  await smallRun(file, { trainer: new FakeTrainer() });
  const whole = readFileSync(file, 'utf8');
  appendFileSync(file, '{"kind":"training","set":"quickdraw100","memb');
  expect(readJournal(file).torn).toBe(true);
  const journal = Journal.open(file, recipe, true);
  journal.add(session('next'));
  journal.close();
  expect(readFileSync(file, 'utf8')).toBe(`${whole}${JSON.stringify(session('next'))}\n`);
});

test('a journal of another version is refused by name, and stays as it is', () => {
  const text = '{"format":"convnet-bench-journal-99","recipe":{}}\n{"kind":"news"}\n';
  mkdirSync(join(folder, 'results'));
  writeFileSync(file, text);
  expect(refusalOf(() => Journal.open(file, recipe, true))).toEqual(
    refusal('version', /'convnet-bench-journal-1', got "convnet-bench-journal-99"/),
  );
  expect(readFileSync(file, 'utf8')).toBe(text);
});

test.each([
  ['no line', '', 'expected the head of a journal, got no line'],
  ['no JSON', 'hello\n', 'expected a JSON object in line 1, got "hello"'],
  ['a broken line', `{"format":"convnet-bench-journal-1"}\n{"kind":\n`, 'in line 2'],
  ['an unknown kind', `{"format":"convnet-bench-journal-1"}\n{"kind":"x"}\n`, 'line 2 is of the'],
])('%s is told with its place', (_, text, message) => {
  expect(refusalOf(() => parseJournal(new TextEncoder().encode(text), 'run.jsonl'))).toEqual(
    refusal('content', message),
  );
});

test('a file that is no journal is refused', () => {
  const bytes = new TextEncoder().encode('{"a":1}\n');
  expect(refusalOf(() => parseJournal(bytes, 'run.jsonl'))).toEqual(
    refusal('version', 'got no format'),
  );
});

test('another recipe is refused with what differs', async () => {
  await smallRun(file, { trainer: new FakeTrainer() });
  expect(refusalOf(() => Journal.open(file, recipeFor(5), true))).toEqual(
    refusal('recipe', /coreMinutes: 15 and 5, here/),
  );
});

test('a set more is no other recipe, and how it trains is kept with it', async () => {
  const [drawings, recordings, pictures] = comparedSets;
  const before = recipeFor(15, [drawings!, recordings!]);
  Journal.open(file, before, true).close();
  const journal = Journal.open(file, recipeFor(15, [recordings!, pictures!]), true);
  expect(Object.keys(journal.recipe.sets).toSorted()).toEqual(['cifar10', 'fsdd', 'quickdraw100']);
  const entry = { ...smallSet, set: 'cifar10', recipe: setRecipe(pictures!) };
  journal.add(entry);
  const changed = { ...entry, recipe: { ...entry.recipe, epochs: 99 } };
  expect(refusalOf(() => journal.add(changed))).toEqual(
    refusal(
      'recipe',
      /other samples of cifar10, or by another recipe, .*recipe\.epochs: 10 and 99/,
    ),
  );
  journal.close();
  const others = recipeFor(15, [{ ...recordings!, epochs: 99 }]);
  expect(refusalOf(() => Journal.open(file, others, true))).toEqual(
    refusal('recipe', /sets\.fsdd\.epochs: 15 and 99, here/),
  );
});

test('other samples of a set are refused', async () => {
  const journal = await smallRun(file, { trainer: new FakeTrainer() });
  expect(refusalOf(() => journal.add({ ...smallSet, digest: 'def' }))).toEqual(
    refusal('recipe', /other samples of quickdraw100, .*digest: "abc" and "def"/),
  );
});

test('two processes cannot write to one journal, and a dead one does not keep it', () => {
  const journal = Journal.open(file, recipe, false);
  expect(refusalOf(() => Journal.open(file, recipe, true))).toEqual(
    refusal('locked', `is being written by process ${process.pid}`),
  );
  journal.close();
  writeFileSync(`${file}.lock`, '2147483646');
  Journal.open(file, recipe, true).close();
  // Nor does one that had the id of this process, which did not take that lock.
  writeFileSync(`${file}.lock`, String(process.pid));
  Journal.open(file, recipe, true).close();
});

test('a kill while the first line is being written leaves nothing that stands in the way', () => {
  mkdirSync(join(folder, 'results'));
  for (const text of ['', '{"form', '{"format":"convnet-bench-journal-1","recipe":{"optim']) {
    writeFileSync(file, text);
    Journal.open(file, recipe, true).close();
    expect(readJournal(file)).toMatchObject({ head: { recipe }, entries: [], torn: false });
  }
  // What is no journal stays.
  writeFileSync(file, 'notes');
  expect(refusalOf(() => Journal.open(file, recipe, true)).fault).toBe('content');
  expect(readFileSync(file, 'utf8')).toBe('notes');
});

test.each<[string, (lines: Record<string, unknown>[]) => unknown, string]>([
  [
    'a head without a recipe',
    ([head]) => delete head!['recipe'],
    'line 1, the head: it has no recipe',
  ],
  [
    'a set without a shape',
    (lines) => delete lines.find(({ kind }) => kind === 'set')!['inputShape'],
    "line 2, a set: expected 'inputShape' to be a list, got nothing",
  ],
  [
    'a training without an accuracy',
    (lines) => {
      const training = lines.find(({ kind }) => kind === 'training')!;
      training['outcome'] = { ...(training['outcome'] as object), accuracy: null };
    },
    "line 9, a training: expected 'accuracy' to be a number, got null",
  ],
  [
    'a training that says nothing',
    (lines) => (lines.find(({ kind }) => kind === 'training')!['outcome'] = null),
    'line 9, a training: it has neither an outcome nor an error',
  ],
])('%s is told by its line', async (_, damage, message) => {
  await smallRun(file, { trainer: new FakeTrainer() });
  const text = readFileSync(file, 'utf8').trimEnd();
  const lines = text.split('\n').map((line) => JSON.parse(line) as Record<string, unknown>);
  damage(lines);
  writeFileSync(file, lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
  expect(refusalOf(() => readJournal(file))).toEqual(refusal('content', message));
});

test('a place that cannot be written is told before anything trains', () => {
  writeFileSync(join(folder, 'results'), 'a file where a folder should be');
  expect(refusalOf(() => Journal.open(file, recipe, false))).toEqual(
    refusal('access', 'cannot be written'),
  );
});

test('a journal that cannot be written any more ends the run with what it has', async () => {
  const trainer = new FakeTrainer();
  trainer.before = (work) => {
    if (work !== 'train lenet5 0') return;
    // As where a disk is full: the next line cannot be appended.
    rmJournal();
  };
  const rmJournal = (): void => {
    const text = readFileSync(file, 'utf8');
    writeFileSync(join(folder, 'kept.jsonl'), text);
    rmAndBlock();
  };
  const { rmSync } = await import('node:fs');
  const rmAndBlock = (): void => {
    rmSync(file);
    mkdirSync(file);
  };
  await expect(smallRun(file, { trainer })).rejects.toMatchObject({ fault: 'access' });
  expect(readJournal(join(folder, 'kept.jsonl')).entries).toHaveLength(7);
});
