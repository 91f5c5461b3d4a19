import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { wasm } from '@convnet/backend-wasm';
import type { Device } from '@convnet/tensor-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';

import type { JournalEntry } from '../architectures/entries.ts';
import { readJournal } from '../architectures/journal.ts';
import { describeMachine } from '../report/machine.ts';
import { committedFolder } from '../committed/committed-results.ts';
import { resultOf } from '../testing/suite-context.ts';
import { architectures } from './architectures.ts';

let device: Device;
beforeAll(async () => {
  device = await wasm({ threads: 1 });
});
afterAll(() => device.dispose());

let out: string;
beforeEach(async () => {
  out = await mkdtemp(join(tmpdir(), 'convnet-architectures-'));
});
afterEach(() => rm(out, { recursive: true }));

// A budget that ends before anything trains.
const nothingTrains = {
  models: ['lenet5'],
  coreMinutes: 0.001,
  backend: 'wasm',
} as const;

test('sets that are not there are named with what would bring them, and the others go on', async () => {
  const { rows, notes } = await resultOf(architectures, { ...nothingTrains, out, data: out });
  expect(rows.map(({ dataset, error }) => [dataset, error?.name])).toEqual([
    ['quickdraw100', 'BudgetTooSmallError'],
  ]);
  const absent = notes.filter((note) => note.startsWith('Not compared on'));
  expect(absent.map((note) => /on (\w+): .*(github|kriz|aeon)/.exec(note)?.slice(1))).toEqual([
    ['fsdd', 'github'],
    ['cifar10', 'kriz'],
    ['gunpoint', 'aeon'],
    ['osuleaf', 'aeon'],
    ['acsf1', 'aeon'],
  ]);
});

test('one that was asked for by name must be there', async () => {
  const running = resultOf(architectures, {
    ...nothingTrains,
    datasets: ['cifar10'],
    out,
    data: out,
  });
  await expect(running).rejects.toThrow('CIFAR-10 is not in');
});

/** Writes a journal of what the committed one has of a network. */
async function writeJournal(member: string, kinds: readonly string[]): Promise<void> {
  const { head, entries } = readJournal(join(committedFolder, 'architectures-full.jsonl'));
  const kept = entries.filter(
    (entry) => !('member' in entry) || (entry.member === member && kinds.includes(entry.kind)),
  );
  const lines = [head, ...kept].map((line) => `${JSON.stringify(line)}\n`);
  await writeFile(join(out, 'architectures-full.jsonl'), lines.join(''));
}

test('networks that were trained are timed again in turns, and the newest times count', async () => {
  await writeJournal('lenet5', ['budget', 'rate', 'training']);
  const options = { models: ['lenet5'], backend: 'wasm', remeasure: true, out, data: out };
  const inferencesOf = async (): Promise<unknown[]> => {
    const today = (): string => new Date().toISOString().slice(0, 10);
    // Midnight may come meanwhile.
    const before = today();
    const { rows, notes } = await resultOf(architectures, options, { device });
    const sentences = [before, today()].map(
      (day) =>
        `Times for one sample were taken in turns, apart from the trainings, on ${day} (${describeMachine().cpu}, one thread).`,
    );
    expect(sentences.some((sentence) => notes.includes(sentence))).toBe(true);
    for (const { session, comparison } of rows) {
      expect(comparison).toMatchObject({ inferenceApart: true });
      expect(comparison!.inferenceSession).not.toBe(session);
    }
    return rows.map(({ comparison }) => comparison!.inference);
  };
  const timesOf = (): unknown[][] => {
    const { entries } = readJournal(join(out, 'architectures-full.jsonl'));
    const times = entries.filter((entry) => entry.kind === 'latency');
    const sessions = [...new Set(times.map(({ session }) => session))];
    return sessions.map((id) =>
      times.filter(({ session }) => session === id).map(({ inference }) => inference),
    );
  };
  const first = await inferencesOf();
  expect(first).toHaveLength(2);
  expect(timesOf()).toEqual([first]);
  const second = await inferencesOf();
  expect(second).not.toEqual(first);
  expect(timesOf()).toEqual([first, second]);
});

test('where nothing was trained there is nothing to time again', async () => {
  const options = { models: ['lenet5'], backend: 'wasm', remeasure: true, out, data: out };
  const run = (): Promise<unknown> => resultOf(architectures, options, { device });
  await expect(run()).rejects.toThrow('whose networks --remeasure would time again');
  await writeJournal('lenet5', ['budget', 'rate']);
  await expect(run()).rejects.toThrow(
    'has no finished training to time again of what --models and --datasets name',
  );
});

test('a journal with another budget is timed again without naming it', async () => {
  const file = join(out, 'architectures-full.jsonl');
  await writeJournal('lenet5', ['budget', 'rate', 'training']);
  const text = await readFile(file, 'utf8');
  await writeFile(file, text.replace('"coreMinutes":15', '"coreMinutes":5'));
  const options = { backend: 'wasm', remeasure: true, out, data: out };
  const { rows } = await resultOf(architectures, options, { device });
  expect(rows.map(({ comparison }) => comparison!.inferenceApart)).toEqual([true, true]);
});

test('a journal whose head knows fewer sets is gone on with, also where its sets are not here', async () => {
  const file = join(out, 'architectures-full.jsonl');
  const committed = readJournal(join(committedFolder, 'architectures-full.jsonl'));
  expect(Object.keys(committed.head.recipe.sets)).not.toContain('cifar10');
  // Of its work, what was done on recordings by one network; its budget on drawings as if it had failed.
  const kept = committed.entries.flatMap((entry): JournalEntry[] => {
    if (!('member' in entry)) return [entry];
    if (entry.member !== 'lenet5') return [];
    if (entry.set === 'fsdd') return [entry];
    return entry.kind === 'budget' ? [{ ...entry, error: { name: 'Error', message: 'none' } }] : [];
  });
  const lines = [committed.head, ...kept].map((line) => JSON.stringify(line));
  await writeFile(file, `${lines.join('\n')}\n`);
  const options = { models: ['lenet5'], backend: 'wasm', resume: true, out, data: out };
  const { rows } = await resultOf(architectures, options, { device });
  const done = rows.map(({ dataset, accuracies }) => [dataset, (accuracies ?? []).length > 0]);
  expect(done).toContainEqual(['fsdd', true]);
  const added = (await readFile(file, 'utf8')).trim().split('\n').slice(lines.length);
  expect(added.map((line) => (JSON.parse(line) as { kind: string }).kind)).toEqual(['session']);
});
