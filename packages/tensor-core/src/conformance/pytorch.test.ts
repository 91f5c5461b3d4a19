import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import * as ops from '../ops/index.ts';
import { reference } from '../reference/index.ts';
import { conformanceCases } from './index.ts';
import { pytorchCases } from './pytorch/index.ts';

const directory = new URL('../../fixtures/pytorch/', import.meta.url);
const cases = await pytorchCases(async (file) => {
  const { buffer, byteOffset, byteLength } = await readFile(new URL(file, directory));
  return buffer.slice(byteOffset, byteOffset + byteLength);
});
const device = reference();

test.each(cases.map(({ name, run }) => [name, run] as const))('%s', async (_, run) => {
  expect((await run(device)).failures).toEqual([]);
});

test('every operation has cases', () => {
  const covered = new Set([...cases, ...conformanceCases()].map(({ op }) => op));
  // Calls any row of the pointwise table by its name.
  covered.add('pointwise');
  const exported = Object.entries(ops).filter(([, value]) => typeof value === 'function');
  expect(exported.map(([name]) => name).filter((name) => !covered.has(name))).toEqual([]);
});

test('there are at least 1,500 cases with names of their own', () => {
  expect(cases.length).toBeGreaterThanOrEqual(1500);
  expect(new Set(cases.map(({ name }) => name)).size).toBe(cases.length);
});
