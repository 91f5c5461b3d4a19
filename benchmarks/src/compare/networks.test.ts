import { expect, test } from 'vitest';

import { countsOf } from './counts.ts';
import { networkNames, networks, variantOf } from './networks.ts';

const drawing = { dims: 2, inChannels: 1, numClasses: 25, inputSize: [32, 32] } as const;
const rows = { dims: 1, inChannels: 32, numClasses: 25, inputSize: [32] } as const;
const sound = { dims: 1, inChannels: 1, numClasses: 7, inputSize: [1024] } as const;

const quick = networkNames.filter((name) => networks[name]!.fullOnly !== true);

test.each(quick)('the quick %s is small enough for drawings, their rows and sound', (name) => {
  const { build } = variantOf(networks[name]!, 'quick');
  expect(countsOf(build, drawing).macs).toBeLessThan(20e6);
  expect(countsOf(build, rows).macs).toBeLessThan(2e6);
  expect(countsOf(build, sound).macs).toBeLessThan(40e6);
});

test.each(networkNames)('the full %s takes the same samples', (name) => {
  const { build } = variantOf(networks[name]!, 'full');
  for (const samples of [drawing, rows, sound]) {
    expect(countsOf(build, samples).params).toBeGreaterThan(20_000);
  }
});

test('a quick network that is smaller than the full one says how in its name', () => {
  const unnamed = Object.values(networks).filter((architecture) => {
    const [small, full] = [variantOf(architecture, 'quick'), variantOf(architecture, 'full')];
    const differs = countsOf(small.build, drawing).params !== countsOf(full.build, drawing).params;
    return differs && !/ \(.+\)$/.test(small.label);
  });
  expect(unnamed).toEqual([]);
});

test('names are distinct and begin with the builder that --models takes', () => {
  for (const profile of ['quick', 'full'] as const) {
    const labels = networkNames.map((name) => variantOf(networks[name]!, profile).label);
    expect(new Set(labels).size).toBe(labels.length);
    expect(labels.map((label) => label.split(' ')[0])).toEqual(networkNames);
  }
});
