import { beforeAll, expect, test, vi } from 'vitest';

import type * as core from './index.ts';

type Copy = typeof core;

/** This package twice in one program, as where two packages ask for versions that do not agree. */
async function copyOfVersion(version: string): Promise<Copy> {
  vi.resetModules();
  vi.doMock('./version.ts', () => ({ version }));
  return import('./index.ts');
}

let mine: Copy;
let other: Copy;
beforeAll(async () => {
  mine = await copyOfVersion('1.2.0');
  other = await copyOfVersion('1.3.1');
});

const ones = (copy: Copy, shape: readonly number[]): ReturnType<Copy['ones']> =>
  copy.ones(shape, { device: copy.meta });

const expected =
  'expected something that @convnet/tensor-core 1.2.0 made, got it from another copy, of version 1.3.1. Two copies of ' +
  '@convnet/tensor-core are in this program, 1.2.0 and 1.3.1; "npm ls @convnet/tensor-core" says who asks for which. ' +
  'Install versions that agree, or run "npm dedupe"';

const uses: readonly (readonly [where: string, use: () => unknown])[] = [
  ['add', () => mine.add(ones(other, [2]), 1)],
  ['add', () => mine.add(ones(mine, [2]), ones(other, [2]))],
  ['mul', () => mine.mul(ones(mine, [2]), ones(other, [2]))],
  ['concat', () => mine.concat([ones(mine, [2]), ones(other, [2])])],
  ['conv', () => mine.conv(ones(mine, [1, 1, 4]), ones(other, [1, 1, 2]))],
  ['crossEntropy', () => mine.crossEntropy(ones(mine, [1, 2]), ones(other, [1]))],
  ['randn', () => mine.randn([2], { device: other.meta })],
  ['describe', () => ones(mine, [2]).describe(other.meta)],
];

test.each(uses)('%s refuses what another copy made, with both versions', (where, use) => {
  expect(use).toThrow(mine.TwoCopiesError);
  expect(use).toThrow(`${where}: ${expected}`);
});

test('two copies of the same version are two', async () => {
  const twin = await copyOfVersion('1.2.0');
  expect(() => mine.add(ones(twin, [2]), 1)).toThrow('are in this program, both of version 1.2.0;');
});

test('the error says so to who catches it', () => {
  let caught: unknown;
  try {
    mine.randn([2], { device: other.meta });
  } catch (error) {
    caught = error;
  }
  expect(caught).toMatchObject({
    name: 'TwoCopiesError',
    package: '@convnet/tensor-core',
    expectedVersion: '1.2.0',
    givenVersion: '1.3.1',
  });
});

test('what is of no copy is refused as ever', () => {
  const lookalikes = [{ isTensor: true }, { isTensor: { package: 'x' } }, { isDevice: null }];
  for (const value of lookalikes) {
    expect(() => mine.add(value as never, 1)).toThrow(mine.ArgumentError);
    expect(() => mine.randn([2], { device: value as never })).toThrow(mine.ArgumentError);
  }
});
