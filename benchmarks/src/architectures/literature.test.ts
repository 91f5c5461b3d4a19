import { expect, test } from 'vitest';

import type { Row } from '../report/row.ts';
import { literatureNotes, publishedTop1 } from './literature.ts';
import { networksOn } from './plan.ts';
import { recipeFor } from './recipe.ts';
import { comparedSets } from './sets.ts';

const drawings = comparedSets[0]!;
const networks = networksOn(drawings, { inputShape: [1, 32, 32], numClasses: 100 });
const recipe = recipeFor();

/** A row as a run gives it. */
const row = (model: string, accuracy: number, rate = 0.003): Row => ({
  suite: 'architectures',
  model,
  dims: 2,
  backend: 'wasm',
  threads: 1,
  dataset: drawings.name,
  inputShape: [1, 32, 32],
  params: 1_000_000,
  macs: 1,
  accuracy,
  ms: null,
  training: {
    epochs: drawings.epochs,
    batchSize: 32,
    trainSamples: 1,
    testSamples: 1,
    loss: 1,
    seconds: 1,
    secondsPerEpoch: 1,
    samplesPerSecond: 1,
  },
  comparison: {
    family: 'any',
    smallest: true,
    rate,
    rates: [],
    recipeEpochs: drawings.epochs,
    seeds: [],
    plannedSeeds: 1,
    inference: { median: 1, min: 1 },
    memoryBytes: 1,
  },
});

test('published accuracies are those of the builders, whatever the width', () => {
  expect(publishedTop1('resnet18 (width 16)')).toBeCloseTo(69.758, 3);
  expect(publishedTop1('efficientnet (width 0.25, depth 0.5)')).toBeCloseTo(77.692, 3);
  expect(publishedTop1('lenet5')).toBe(0);
  expect(publishedTop1('capsnet (channels 8)')).toBeNull();
});

test('a network below one that it surpasses in the literature is told with what is unlike there', () => {
  const rows = [
    row('lenet5', 0.38),
    row('vgg11 (width 16)', 0.26),
    row('squeezenet1_1', 0.1, 0.0003),
    row('resnet18 (width 16)', 0.63),
  ];
  const [note, ...others] = literatureNotes(rows, networks, recipe);
  expect(others).toEqual([]);
  expect(note).toContain('vgg11 (width 16) is below lenet5 (without batch norm');
  expect(note).toMatch(
    /squeezenet1_1 is below lenet5 \(without batch norm .*made for 224x224 and shrink 32x32 at once, its rate is the least/,
  );
  expect(note).not.toContain('resnet18 (width 16) is below');
});

test('only a network that is scaled down is told to be narrow', () => {
  const rows = ['googlenet', 'efficientnet (width 0.25, depth 0.5)', 'resnet18 (width 16)'].map(
    (model, i) => ({ ...row(model, 0.4 + i / 100), params: 100_000 }),
  );
  const [note] = literatureNotes([row('lenet_bn', 0.56), ...rows], networks, recipe);
  expect(note).toMatch(/googlenet is below lenet_bn \(its first layers [^)]* at once\);/);
  expect(note).toContain('it is narrow, with 2 % of the published parameters');
});

test('where nothing else is unlike, the losses on the training samples tell', () => {
  const withLoss = (one: Row, loss: number): Row => ({
    ...one,
    training: { ...one.training!, loss },
  });
  const noteOf = (loss: number, other: number) =>
    literatureNotes(
      [withLoss(row('lenet_bn', 0.56), other), withLoss(row('mobilenet_v3_small', 0.49), loss)],
      networks,
      recipe,
    )[0];
  expect(noteOf(1.79, 0.74)).toContain(
    'mobilenet_v3_small is below lenet_bn (the passes are too few for it: its loss on the training samples is still 1.79, where lenet_bn has 0.74).',
  );
  expect(noteOf(0.2, 0.74)).toContain(
    'by heart: its loss on them is 0.20, where lenet_bn has 0.74',
  );
  expect(noteOf(0.8, 0.74)).toContain('(no cause was found)');
});

test('networks beyond three are counted', () => {
  const above = ['lenet5', 'lenet5_relu', 'lenet_bn', 'squeezenet1_1', 'squeezenet1_0'];
  const noteOf = (some: readonly string[]) =>
    literatureNotes(
      [row('resnet18 (width 16)', 0.3), ...some.map((name, i) => row(name, 0.5 - i / 100))],
      networks,
      recipe,
    ).join();
  expect(noteOf(above.slice(0, 4))).toContain('lenet_bn and 1 other (');
  expect(noteOf(above)).toContain('lenet_bn and 2 others (');
});

test('an order like that of the literature, or one that a seed could turn, is no matter', () => {
  const rows = [row('lenet5', 0.3), row('vgg11 (width 16)', 0.28), row('resnet18 (width 16)', 0.6)];
  expect(literatureNotes(rows, networks, recipe)).toEqual([]);
});
