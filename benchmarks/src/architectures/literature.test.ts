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

test('an order like that of the literature, or one that a seed could turn, is no matter', () => {
  const rows = [row('lenet5', 0.3), row('vgg11 (width 16)', 0.28), row('resnet18 (width 16)', 0.6)];
  expect(literatureNotes(rows, networks, recipe)).toEqual([]);
});
