import { expect, test } from 'vitest';

import { compare } from '../suites/compare.ts';
import { exampleReport, exampleRow, failedRow } from '../testing/rows.ts';
import { closing, wrap } from './closing.ts';

test('tells the results, failures, notes, machine and files, within 80 columns', () => {
  const report = exampleReport([exampleRow(), failedRow('the loss of step 3 is NaN')], {
    notes: [
      'Not run: pytorch. No /usr/bin/python3 or python3 on the path can import torch at all.',
    ],
  });
  const text = closing(report, compare.columns, ['a/compare-quick.json', 'a/compare-quick.md']);
  for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
  expect(text.split('\n').slice(6)).toMatchInlineSnapshot(`
    [
      "───────────────────────────────────────────────────────────────────────────",
      "lenet5 2D on mnist failed: NonFiniteLossError: the loss of step 3 is NaN",
      "Not run: pytorch. No /usr/bin/python3 or python3 on the path can import torch at",
      "all.",
      "",
      "machine  Some CPU, 2 cores, Node 24.21.0",
      "device   wasm (relaxed SIMD, 2 threads)",
      "run      seed 0, 2:03 minutes",
      "written  a/compare-quick.json",
      "         a/compare-quick.md",
    ]
  `);
});

test('a terminal that does not know its size is taken to have 80 columns', () => {
  const report = exampleReport([exampleRow()], { notes: ['Something to know of this run.'] });
  expect(closing(report, compare.columns, [], 0)).toBe(closing(report, compare.columns, [], 80));
});

test('wrap breaks between words and keeps long ones whole', () => {
  expect(wrap('one two three', 7)).toBe('one two\nthree');
  expect(wrap('a incomprehensible b', 5)).toBe('a\nincomprehensible\nb');
});
