import { expect, test } from 'vitest';

import { families, memberNames, members } from './members.ts';
import { isPaired } from './pairs.ts';
import { networksOn, phasesOf, shardOf } from './plan.ts';
import { recipeFor } from './recipe.ts';
import { comparedSets } from './sets.ts';

const forms = {
  quickdraw100: { inputShape: [1, 32, 32], numClasses: 100 },
  fsdd: { inputShape: [1, 2048], numClasses: 10 },
  cifar10: { inputShape: [3, 32, 32], numClasses: 10 },
  gunpoint: { inputShape: [1, 150], numClasses: 2 },
  osuleaf: { inputShape: [1, 427], numClasses: 6 },
  acsf1: { inputShape: [1, 1460], numClasses: 10 },
} as const;

const plans = comparedSets.map((set) => ({
  set,
  networks: networksOn(set, forms[set.name as keyof typeof forms]),
}));

test('names of members can be typed and are no one else’s', () => {
  expect(new Set(memberNames).size).toBe(members.length);
  for (const name of memberNames) expect(name).toMatch(/^[a-z0-9_.]+$/);
});

test.each(plans)(
  'on $set.name there are every family and 30 networks, all of which build',
  ({ networks }) => {
    expect(networks.length).toBeGreaterThanOrEqual(30);
    expect(new Set(networks.map(({ member }) => member.family))).toEqual(new Set(families));
    expect(families).toHaveLength(14);
    for (const { counts } of networks) expect(counts).toHaveProperty('macs');
  },
);

test.each(plans)(
  'on $set.name one member of each family is its smallest, and networks come by cost',
  ({ networks }) => {
    const macs = networks.map(({ counts }) => ('macs' in counts ? counts.macs : 0));
    expect(macs).toEqual(macs.toSorted((a, b) => a - b));
    for (const family of families) {
      const own = networks.filter(({ member }) => member.family === family);
      expect(own.map(({ smallest }) => smallest)).toEqual(own.map((_, i) => i === 0));
    }
  },
);

test('networks above the limit of MACs train where they are their family’s smallest, or asked for', () => {
  const [{ set, networks }] = plans as [(typeof plans)[0]];
  const names = networks.map(({ member }) => member.name);
  expect(names).not.toContain('nin_cifar10');
  const asked = networksOn(set, forms.quickdraw100, { models: ['nin_cifar10'] });
  expect(asked.map(({ member, smallest }) => [member.name, smallest])).toEqual([
    ['nin_cifar10', false],
  ]);
  const cheap = networksOn({ ...set, mostMacs: 1 }, forms.quickdraw100);
  expect(cheap).toHaveLength(families.length);
});

test('shards are disjoint, complete, and about equally long', () => {
  const costs = Array.from({ length: 37 }, (_, i) => i);
  const parts = [1, 2, 3, 4].map((index) => shardOf(costs, { index, count: 4 }));
  expect(parts.flat().toSorted((a, b) => a - b)).toEqual(costs);
  const sums = parts.map((part) => part.reduce((sum, cost) => sum + cost, 0));
  expect(Math.max(...sums) / Math.min(...sums)).toBeLessThan(1.3);
  expect(shardOf(costs, { index: 1, count: 1 })).toEqual(costs);
});

test.each(plans)(
  'on $set.name the first phases make 30 networks, the pairs with PyTorch among them',
  ({ networks }) => {
    const [first, second, last] = phasesOf(networks, recipeFor(), { peer: true }).map(
      ({ tasks }) => new Set(tasks.map(({ member }) => member)),
    );
    const early = new Set([...first!, ...second!]);
    expect(early.size).toBe(30);
    expect([...last!].filter((member) => early.has(member))).toEqual([]);
    expect(early.size + last!.size).toBe(networks.length);
    for (const { member } of networks.filter(isPaired)) expect(early).toContain(member.name);
  },
);
