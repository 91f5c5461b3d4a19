import { expect, test } from 'vitest';
import { floorOf, mayImport } from './floors.ts';
import { filesOf, importsOf, packageOf } from './imports.ts';

test('finds every form of import', () => {
  const source = `/// <reference types="@webgpu/types" />
import { a } from './a.ts';
import type { B } from '@convnet/tensor-core';
import {
  c,
  d,
} from "node:fs";
import './side-effect.ts';
export * from './e.ts';
export type { F } from '@convnet/tensor-core/reference';
const lazy = await import('node:worker_threads');
/**
 * import { notThis } from 'a-comment';
 * const norThis = await import('a-comment');
 */
export const text = 'from here';
`;
  expect(importsOf(source)).toEqual([
    './a.ts',
    '@convnet/tensor-core',
    'node:fs',
    './side-effect.ts',
    './e.ts',
    '@convnet/tensor-core/reference',
    'node:worker_threads',
    '@webgpu/types',
  ]);
});

test('finds the files that a source addresses', () => {
  const source = `const a = new URL('../../other/fixtures/', import.meta.url);
const b = new URL(
  './own.json',
  import.meta.url,
);
const c = new URL(\`../table/\${name}.json\`, import.meta.url);
const d = new URL(path, root);
`;
  expect(filesOf(source)).toEqual(['../../other/fixtures/', './own.json', '../table/']);
});

test('names the package of a specifier', () => {
  expect(packageOf('@convnet/tensor-core/reference')).toBe('@convnet/tensor-core');
  expect(packageOf('vitest/config')).toBe('vitest');
});

test.each([
  ['packages/layers', 'packages/tensor-core', true],
  ['packages/layers', 'packages/backend-wasm', false],
  ['packages/layers', 'packages/optim', false],
  ['packages/tensor-core', 'packages/layers', false],
  ['packages/models/lenet', 'packages/layers', true],
  ['packages/models/lenet', 'packages/models/resnet', false],
  ['packages/models/lenet', 'packages/train', false],
  ['packages/train', 'packages/models/lenet', false],
  ['packages/cli', 'packages/models/lenet', true],
  ['packages/conformance', 'packages/tensor-core', true],
  ['packages/tensor-core', 'packages/conformance', false],
  ['packages/backend-wasm', 'packages/tensor-core', true],
  ['packages/backend-wasm', 'packages/conformance', false],
  ['packages/backend-webgpu', 'packages/backend-wasm', false],
  ['benchmarks', 'packages/backend-wasm', true],
])('%s importing %s: %s', (from, to, allowed) => {
  const floor = floorOf(from);
  expect(floor).toBeDefined();
  expect(mayImport(floor!, to)).toBe(allowed);
});

test('a package outside the house has no floor', () => {
  expect(floorOf('packages/attic')).toBeUndefined();
});
