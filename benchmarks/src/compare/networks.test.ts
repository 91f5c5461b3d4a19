import { expect, test } from 'vitest';

import { countsOf } from './counts.ts';
import { networkNames, networks } from './networks.ts';

const drawing = { dims: 2, inChannels: 1, numClasses: 25, inputSize: [32, 32] } as const;
const rows = { dims: 1, inChannels: 32, numClasses: 25, inputSize: [32] } as const;
const sound = { dims: 1, inChannels: 1, numClasses: 7, inputSize: [1024] } as const;

const unasked = networkNames.filter((name) => networks[name]!.onRequest !== true);

test.each(unasked)('%s is small enough for drawings, their rows and sound', (name) => {
  const { build } = networks[name]!;
  expect(countsOf(build, drawing).macs).toBeLessThan(20e6);
  expect(countsOf(build, rows).macs).toBeLessThan(2e6);
  expect(countsOf(build, sound).macs).toBeLessThan(40e6);
});

test.each(networkNames)('%s takes the same samples', (name) => {
  const { build } = networks[name]!;
  for (const samples of [drawing, rows, sound]) {
    expect(countsOf(build, samples).params).toBeGreaterThan(20_000);
  }
});

test('names are distinct and begin with the builder that --models takes', () => {
  const labels = networkNames.map((name) => networks[name]!.label);
  expect(new Set(labels).size).toBe(labels.length);
  expect(labels.map((label) => label.split(' ')[0])).toEqual(networkNames);
});
