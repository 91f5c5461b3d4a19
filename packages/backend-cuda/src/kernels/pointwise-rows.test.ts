import { readFileSync } from 'node:fs';
import { pointwiseRows } from '@convnet/tensor-core';
import { expect, test } from 'vitest';

import { interpretedRows } from './pointwise-rows.ts';

/** The rows of a list of `native/kernels/pointwise`, in its order. */
function rowsOf(list: string): string[] {
  const file = new URL(`../../native/kernels/pointwise/${list}-rows.cuh`, import.meta.url);
  const lines = readFileSync(file, 'utf8').matchAll(/^FLOAT(?:S|_TEST)\((\w+),/gm);
  return Array.from(lines, ([, name]) => name!);
}

test('the rows are numbered as the interpreter numbers them', () => {
  const listed = ['activation', 'arithmetic', 'comparison'].flatMap(rowsOf);
  expect(interpretedRows).toEqual([...listed, 'where']);
});

test('every row of the table is there', () => {
  expect([...interpretedRows].sort()).toEqual(Object.keys(pointwiseRows).sort());
});
