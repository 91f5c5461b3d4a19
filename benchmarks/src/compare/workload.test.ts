import { beforeAll, expect, test } from 'vitest';

import type { BenchOptions } from '../options.ts';
import { budgetNotes, networkNotes, quickNotes } from './notes.ts';
import { partsOf, planOf, secondsOfPart, type Part, type TimedPart } from './workload.ts';

const options = (changes: Partial<BenchOptions> = {}): BenchOptions => ({
  profile: 'quick',
  backend: 'reference',
  revectorize: false,
  seed: 0,
  out: '',
  ...changes,
});

let all: readonly Part[];
beforeAll(async () => {
  all = await partsOf(options());
});

/** As if every step took `seconds` a sample. */
const timed = (parts: readonly Part[], seconds: number): TimedPart[] =>
  parts.map((part) => ({ ...part, timing: seconds }));

test('five families train in both ranks with three seeds, on MNIST a LeNet', () => {
  for (const dims of [1, 2]) {
    const own = all.filter(({ set }) => set.bench.dims === dims);
    const drawings = own.filter(({ set }) => set.bench.name === 'quickdraw');
    expect([...new Set(drawings.map(({ network }) => network))]).toEqual([
      'lenet5_relu',
      'vgg11',
      'resnet18',
      'densenet121',
      'mobilenet_v2',
    ]);
    for (const network of new Set(own.map((part) => part.network))) {
      const seeds = drawings.filter((part) => part.network === network).map(({ job }) => job.seed);
      expect(seeds).toEqual([0, 1, 2]);
    }
    const digits = own.filter(({ set }) => set.bench.name === 'mnist');
    expect(digits.map(({ network }) => network)).toEqual(Array(3).fill('lenet5_relu'));
  }
  for (const { counts } of all) expect(counts).toHaveProperty('macs');
});

test('networks that are asked for by name train too, on every set', async () => {
  const asked = { models: ['googlenet'], datasets: ['quickdraw', 'mnist'] };
  const parts = await partsOf(options(asked));
  const firsts = parts.filter(({ job }) => job.seed === 0);
  expect(firsts.map(({ network, job }) => [network, job.trainSamples])).toEqual([
    ['googlenet', 60_000],
    ['googlenet', 2000],
    ['googlenet', 60_000],
    ['googlenet', 2000],
  ]);
});

test('where the time suffices, all train for all their passes', () => {
  const plan = planOf(timed(all, 1e-5), options(), 2);
  expect(plan.share).toBe(1);
  const [digits] = plan.parts;
  expect(digits!.job).toMatchObject({ epochs: 2, trainSamples: 60_000, testSamples: 10_000 });
  expect(budgetNotes(plan)[0]).toBe(
    'mnist 2D: every network saw the same 60,000 images 2 times, in batches of 128, and was tested on 10,000.',
  );
  expect(networkNotes(plan.parts)).toEqual(['vgg11 trained with a smaller learning rate.']);
});

test('samples that are enlarged for a network are told', async () => {
  const parts = await partsOf(options({ models: ['alexnet_half'], datasets: ['quickdraw'] }));
  expect(networkNotes(parts)[0]).toBe(
    'The strides of alexnet_half ask for a greater input: each pixel is given twice along each axis.',
  );
});

test('where it does not, all but MNIST are cut to the same share, and the first note says so', () => {
  const plan = planOf(timed(all, 4e-4), options(), 2);
  const seconds = plan.parts.reduce((sum, part) => sum + secondsOfPart(part), 0) / 2;
  expect(plan.share).toBeLessThan(0.8);
  expect(seconds).toBeLessThan(271);
  const of = (name: string, dims: number) =>
    plan.parts.filter(({ set }) => set.bench.name === name && set.bench.dims === dims);
  expect(of('mnist', 2).map(({ job }) => job.epochs)).toEqual([2, 2, 2]);
  const drawings = of('quickdraw', 1);
  expect(new Set(drawings.map(({ job }) => `${job.epochs} ${job.trainSamples}`)).size).toBe(1);
  expect(drawings[0]!.job.epochs).toBeLessThan(20);
  expect(budgetNotes(plan)[0]).toMatch(
    /^This machine is too slow, .*: on quickdraw 2D, quickdraw 1D every network had \d\d %/,
  );
});

test('passes that the user asked for are not cut', async () => {
  const asked = { epochs: 50, models: ['lenet5'], datasets: ['mnist'] };
  const plan = planOf(timed(await partsOf(options(asked)), 1), options(asked), 1);
  expect(plan.parts.map(({ job }) => job.epochs)).toEqual(Array(6).fill(50));
  expect(plan.share).toBe(1);
});

test('a quick run says what it is not, and that cuts of the user make it less', () => {
  expect(quickNotes(options())).toHaveLength(1);
  expect(quickNotes(options())[0]).toMatch(
    /^This run shows the machinery, .* rely on: benchmarks.results/,
  );
  expect(quickNotes(options({ limit: 100, epochs: 2 }))[1]).toMatch(
    /^Cut by --limit 100 and --epochs 2:/,
  );
});
