import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, expect, test } from 'vitest';

import { runMerge } from '../merge.ts';
import type { Report } from '../report/report.ts';
import { spreadOf } from '../report/statistics.ts';
import { FakeTrainer } from '../testing/fake-trainer.ts';
import { schemaErrors } from '../testing/report-schema.ts';
import { smallNetworks, smallRun } from '../testing/small-run.ts';
import { keyOf } from './entries.ts';
import { Journal } from './journal.ts';
import { mergeJournals, writeMerged } from './merge-journals.ts';
import { shardOf } from './plan.ts';
import { recipeFor } from './recipe.ts';

let folder: string;
const path = (name: string): string => join(folder, name);
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'convnet-merge-'));
});
afterEach(() => rm(folder, { recursive: true }));

/** The small run as shards; the journals' paths. */
async function shards(count: number): Promise<string[]> {
  const files: string[] = [];
  for (let index = 1; index <= count; index++) {
    const file = path(`${index}-of-${count}.jsonl`);
    const networks = shardOf(smallNetworks, { index, count });
    await smallRun(file, { trainer: new FakeTrainer(), networks, id: `shard ${index}` });
    files.push(file);
  }
  return files;
}

const outcomes = (file: string) =>
  mergeJournals([file])
    .finished.work.map((entry) => ({ ...entry, session: 'any', key: keyOf(entry) }))
    .toSorted((a, b) => (a.key < b.key ? -1 : 1));

test('shards join to what one process would have done, and the run can go on from there', async () => {
  const whole = path('whole.jsonl');
  await smallRun(whole, { trainer: new FakeTrainer() });
  for (const count of [2, 3]) {
    const joined = path(`joined-${count}.jsonl`);
    const merged = mergeJournals(await shards(count));
    expect(merged.repeated).toBe(0);
    writeMerged(joined, merged);
    expect(outcomes(joined)).toEqual(outcomes(whole));
    const trainer = new FakeTrainer();
    await smallRun(joined, { trainer });
    expect(trainer.asked).toEqual([]);
  }
});

test('work that two journals have counts once', async () => {
  const [first] = await shards(1);
  const { finished, repeated } = mergeJournals([first!, first!]);
  expect(repeated).toBe(22);
  expect(finished.work).toHaveLength(22);
});

test('a network that two processes began keeps the passes and the rate of the first', async () => {
  const [quick, slow] = [path('quick.jsonl'), path('slow.jsonl')];
  const interruption = new AbortController();
  const killed = new FakeTrainer();
  killed.before = () => {
    if (killed.asked.length < 6) return;
    interruption.abort();
    interruption.signal.throwIfAborted();
  };
  const { signal } = interruption;
  await expect(smallRun(quick, { trainer: killed, signal, id: 'quick' })).rejects.toThrow(
    'aborted',
  );
  // On a slower machine three passes fit into the budget, not ten.
  await smallRun(slow, { trainer: new FakeTrainer(0.27), id: 'slow' });
  const stream = new PassThrough();
  await runMerge({ journals: [quick, slow], out: path('out') }, stream);
  const joined = path('out/architectures-full.jsonl');
  const epochsOf = (member: string): number[] =>
    mergeJournals([joined])
      .finished.trainings({ set: 'quickdraw100', member })
      .map(({ epochs }) => epochs);
  expect([epochsOf('lenet5'), epochsOf('nin')]).toEqual([[10], [3, 3, 3]]);
  const json = await readFile(path('out/architectures-full.json'), 'utf8');
  expect((JSON.parse(json) as Report).notes).toContain(
    '2 pieces of work were left out: an earlier journal has their networks with other passes or another rate, ' +
      'and seeds of both would have no mean.',
  );
  const rest = new FakeTrainer();
  await smallRun(joined, { trainer: rest, id: 'rest' });
  expect(rest.asked).toEqual(['train lenet5 1', 'train lenet5 2']);
});

test('trainings of different backends are not joined', async () => {
  const [a, b] = [path('a.jsonl'), path('b.jsonl')];
  await smallRun(a, { trainer: new FakeTrainer(), id: 'a' });
  await smallRun(b, { trainer: new FakeTrainer(), id: 'b' });
  const text = await readFile(b, 'utf8');
  await writeFile(b, text.replace('"device":"wasm (relaxed SIMD, 1 thread)"', '"device":"cuda"'));
  expect(() => mergeJournals([a, b])).toThrow('b.jsonl has trainings of cuda');
});

test('a journal that a run writes to is not replaced', async () => {
  const file = path('architectures-full.jsonl');
  await smallRun(file, { trainer: new FakeTrainer() });
  const running = Journal.open(file, recipeFor(), true);
  const merging = runMerge({ journals: [file], out: folder }, new PassThrough());
  await expect(merging).rejects.toMatchObject({ fault: 'locked' });
  running.close();
  await runMerge({ journals: [file], out: folder }, new PassThrough());
  expect(outcomes(file)).toHaveLength(22);
});

test('journals of different recipes are not joined', async () => {
  const [a, b] = [path('a.jsonl'), path('b.jsonl')];
  await smallRun(a, { trainer: new FakeTrainer() });
  await smallRun(b, { trainer: new FakeTrainer(), recipe: recipeFor(3) });
  expect(() => mergeJournals([a, b])).toThrow('b.jsonl follows another recipe (coreMinutes: 3');
});

test('the report on joined journals has means, spreads, machines and notes, and fits its schema', async () => {
  const stream = new PassThrough();
  await runMerge({ journals: await shards(2), out: path('out') }, stream);
  stream.end();
  const text = (await stream.toArray()).join('');
  const json = await readFile(path('out/architectures-full.json'), 'utf8');
  const report = JSON.parse(json) as Report;
  expect(schemaErrors(report)).toEqual([]);
  expect(report.rows.map(({ model, accuracy }) => [model, accuracy])).toEqual([
    ['lenet5', 0.51],
    ['nin', 0.51],
    ['resnet32', 0.5],
  ]);
  const [lenet, , resnet32] = report.rows;
  expect(spreadOf(lenet!)).toBeCloseTo(0.01, 12);
  expect(lenet!.comparison).toMatchObject({ smallest: true, rate: 0.003, plannedSeeds: 3 });
  expect(resnet32!.comparison).toMatchObject({ plannedSeeds: 1 });
  expect(report.sessions!.map(({ id }) => id)).toEqual(['shard 1', 'shard 2']);
  expect(text).toContain('51.0 % ± 1.0');
  await expect(
    runMerge({ journals: [path('1-of-2.jsonl')], out: path('out') }, new PassThrough()),
  ).rejects.toThrow('exists: name it too');
});
