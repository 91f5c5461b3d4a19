import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';

import { FakePeer } from '../testing/fake-peer.ts';
import { FakeTrainer } from '../testing/fake-trainer.ts';
import { reportPage } from '../report-page/page.ts';
import { schemaErrors } from '../testing/report-schema.ts';
import { exampleReport } from '../testing/rows.ts';
import { session, smallNetworks, smallRun } from '../testing/small-run.ts';
import { Journal, readJournal } from './journal.ts';
import { members } from './members.ts';
import { recipeFor } from './recipe.ts';
import { resultsOf } from './summarise.ts';

let folder: string;
let file: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'convnet-journal-'));
  file = join(folder, 'run.jsonl');
});
afterEach(() => rm(folder, { recursive: true }));

const rates = [0.0003, 0.001, 0.003, 0.01];
const first = (name: string): string[] => [
  `time ${name}`,
  ...rates.map((rate) => `rate ${name} ${rate}`),
  `train ${name} 0`,
];
const whole = [
  ...first('lenet5'),
  ...first('nin'),
  ...['lenet5', 'nin'].flatMap((name) => [`train ${name} 1`, `train ${name} 2`]),
  ...first('resnet32'),
];

test('the smallest members come first, then their other seeds, then the other members', async () => {
  const trainer = new FakeTrainer();
  const { finished } = await smallRun(file, { trainer });
  expect(trainer.asked).toEqual(whole);
  const trainings = finished.trainings({ set: 'quickdraw100', member: 'lenet5' });
  expect(trainings.map(({ seed, rate, epochs }) => [seed, rate, epochs])).toEqual([
    [0, 0.003, 10],
    [1, 0.003, 10],
    [2, 0.003, 10],
  ]);
});

test('an interruption keeps what is finished, and the same command goes on', async () => {
  for (let stop = 0; stop < whole.length; stop++) {
    const stopped = join(folder, `${stop}.jsonl`);
    const interruption = new AbortController();
    const trainer = new FakeTrainer();
    trainer.before = () => {
      if (trainer.asked.length < stop) return;
      interruption.abort();
      interruption.signal.throwIfAborted();
    };
    await expect(smallRun(stopped, { trainer, signal: interruption.signal })).rejects.toThrow(
      'aborted',
    );
    expect(trainer.asked).toEqual(whole.slice(0, stop));
    const rest = new FakeTrainer();
    await smallRun(stopped, { trainer: rest, id: 'two' });
    expect(rest.asked).toEqual(whole.slice(stop));
  }
});

test('a process that is killed loses the piece of work that it was at, no more', async () => {
  const child = spawn(process.execPath, [
    join(import.meta.dirname, '../testing/killed-run.ts'),
    file,
  ]);
  const ended = new Promise((resolve) => child.on('close', (_, signal) => resolve(signal)));
  const lines = (): number =>
    existsSync(file) ? readFileSync(file, 'utf8').split('\n').length - 1 : 0;
  while (lines() < 6) await setTimeout(5);
  child.kill('SIGKILL');
  expect(await ended).toBe('SIGKILL');
  const { entries } = readJournal(file);
  const before = entries.flatMap((entry) => ('member' in entry ? [entry] : []));
  expect(before.length).toBeGreaterThanOrEqual(3);
  const rest = new FakeTrainer();
  const { finished } = await smallRun(file, { trainer: rest, id: 'resumed' });
  expect(rest.asked).toEqual(whole.slice(before.length));
  expect(finished.work.map(({ session }) => session)).toEqual(
    whole.map((_, i) => (i < before.length ? 'killed' : 'resumed')),
  );
  expect(finished.sessions.map(({ id }) => id)).toEqual(['killed', 'resumed']);
});

test('a network that would take longer than the budget makes fewer passes, in its trials too', async () => {
  // 1,000 samples of 0.27 s: with the margin a pass takes 300 s, and 15 minutes are three.
  const { finished } = await smallRun(file, { trainer: new FakeTrainer(0.27) });
  const key = { set: 'quickdraw100', member: 'lenet5' };
  expect(finished.budget(key)).toMatchObject({ epochs: 3, coreSecondsPerSample: 0.27 });
  expect(finished.trainings(key).map(({ epochs }) => epochs)).toEqual([3, 3, 3]);
  expect(finished.rates(key).map(({ epochs }) => epochs)).toEqual([1, 1, 1, 1]);
});

test('a budget that is too small for a pass is told with what would be needed, and trains nothing', async () => {
  const trainer = new FakeTrainer(0.27);
  const { finished } = await smallRun(file, { trainer, recipe: recipeFor(0.5) });
  expect(trainer.asked).toEqual(['time lenet5', 'time nin', 'time resnet32']);
  expect(finished.budget({ set: 'quickdraw100', member: 'lenet5' })?.error).toEqual({
    name: 'BudgetTooSmallError',
    message:
      '0.5 core minutes are too few for lenet5 on quickdraw100: one pass takes 5, ' +
      'and a training is one pass at least',
  });
  const { rows, notes } = resultsOf(finished, smallNetworks, recipeFor(0.5), 'architectures');
  expect(rows.map(({ error }) => error?.name)).toContain('BudgetTooSmallError');
  // Of rates, seeds and times there is nothing to say.
  expect(notes).toEqual([]);
});

test('a rate that fails is not chosen, and a network whose rates all fail does not end the run', async () => {
  const trainer = new FakeTrainer();
  trainer.before = (work) => {
    if (work === 'rate lenet5 0.003' || work.startsWith('rate nin'))
      throw new RangeError('the loss is NaN');
  };
  const lines: string[] = [];
  const { finished } = await smallRun(file, { trainer, lines });
  const of = (member: string) => ({ set: 'quickdraw100', member });
  // The neighbours of 0.003 on the fake trainer's scale: 0.001 is nearer than 0.01 by a little.
  expect(finished.trainings(of('lenet5'))[0]?.rate).toBe(0.001);
  expect(finished.trainings(of('nin'))[0]).toMatchObject({
    rate: null,
    outcome: null,
    error: { message: 'every learning rate that was tried failed' },
  });
  expect(finished.trainings(of('resnet32'))[0]?.outcome?.accuracy).toBe(0.5);
  expect(lines).toContain('4/22 lenet5 on quickdraw100, rate 0.003: failed: the loss is NaN');
});

test('a seed that fails is named, and is not taken for one that is still to come', async () => {
  const trainer = new FakeTrainer();
  trainer.before = (work) => {
    if (work === 'train lenet5 1') throw new RangeError('the loss is NaN');
  };
  const { finished, recipe } = await smallRun(file, { trainer });
  const { rows, notes } = resultsOf(finished, smallNetworks, recipe, 'architectures');
  expect(rows[0]!.accuracies).toEqual([0.5, 0.52]);
  expect(notes).toContain(
    'Trainings that failed are not in the means of the others: lenet5 on quickdraw100, seed 1 (RangeError).',
  );
  expect(notes.filter((note) => note.startsWith('Not all'))).toEqual([]);
  const report = exampleReport(rows);
  expect(schemaErrors(report)).toEqual([]);
  expect(await reportPage(report)).not.toContain('not finished');
});

test('times for one sample say what they were taken on, also where that is another machine', async () => {
  await smallRun(file, { trainer: new FakeTrainer() });
  const recipe = recipeFor();
  const journal = Journal.open(file, recipe, true);
  const two = session('two');
  const machine = { ...two.machine, cpu: 'Another CPU' };
  journal.add({ ...two, date: '2026-02-03T04:05:06.000Z', machine, threads: 2 });
  const inference = { median: 9, min: 8 };
  const key = { set: 'quickdraw100', member: 'lenet5' };
  journal.add({ kind: 'latency', ...key, session: 'two', inference });
  journal.close();
  const { rows, notes } = resultsOf(journal.finished, smallNetworks, recipe, 'architectures');
  expect(rows.map(({ session: of, comparison }) => [of, comparison!.inferenceSession])).toEqual([
    ['one', 'two'],
    ['one', 'one'],
    ['one', 'one'],
  ]);
  expect(notes).toContain(
    'Times for one sample were taken in turns, apart from the trainings, on 2026-02-03 (Another CPU, 2 threads); ' +
      'but of nin on quickdraw100, resnet32 on quickdraw100 right after their training, where other work on the ' +
      'machine shows (Some CPU, one thread).',
  );
  expect(notes).toContain('Times for one sample of different machines are not to be compared.');
});

test('a network that cannot be built is an error of its budget', async () => {
  const [network] = smallNetworks;
  const counts = { name: 'InputTooSmallError', message: 'lenet5.conv1 wants more' };
  const { finished } = await smallRun(file, {
    trainer: new FakeTrainer(),
    networks: [{ ...network!, counts }],
  });
  expect(finished.work.map(({ kind, error }) => [kind, error])).toEqual([['budget', counts]]);
});

test('another library trains the pairs with the chosen rate and the same seeds, and the row has both', async () => {
  const [network] = smallNetworks;
  const member = members.find(({ name }) => name === 'resnet20')!;
  const networks = [...smallNetworks, { ...network!, member, smallest: false }];
  const peer = new FakePeer();
  const trainer = new FakeTrainer();
  const { finished, recipe } = await smallRun(file, { trainer, peer, networks });
  expect(peer.asked).toEqual([0, 1, 2].map((seed) => `resnet20 0.003 10 ${seed}`));
  // Means are compared, so it has as many seeds here too.
  expect(trainer.asked.filter((work) => work.startsWith('train resnet20'))).toHaveLength(3);
  const { rows, notes } = resultsOf(finished, networks, recipe, 'architectures');
  const row = rows.find(({ model }) => model === 'resnet20');
  expect(row?.comparison?.peer).toMatchObject({ name: 'Peer', version: '1.2' });
  expect(row?.comparison?.peer?.seeds.map(({ accuracy }) => accuracy)).toEqual([0.5, 0.52, 0.54]);
  expect(notes.find((note) => note.startsWith('Peer 1.2'))).toContain(
    'resnet20 on quickdraw100 52.0 % ± 2.0 (3 seeds) beside 51.0 % ± 1.0 (3 seeds) here, 1.0 points apart with a standard error of 1.3',
  );
  const again = new FakePeer();
  await smallRun(file, { trainer: new FakeTrainer(), peer: again, networks, id: 'again' });
  expect(again.asked).toEqual([]);
});
