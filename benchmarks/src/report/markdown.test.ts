import { expect, test } from 'vitest';

import { compare } from '../suites/compare.ts';
import { exampleReport, exampleRow, failedRow } from '../testing/rows.ts';
import { markdownReport } from './markdown.ts';

test('states the machine, the numbers in full, the chart, failures, notes and sources', () => {
  const report = exampleReport([exampleRow(), failedRow('the loss of step 3 is NaN\nmore')], {
    interrupted: true,
    notes: ['A note.'],
  });
  expect(markdownReport(report, compare.columns, { title: 'Accuracy', file: 'compare-quick.svg' }))
    .toMatchInlineSnapshot(`
    "# pnpm bench compare, quick profile

    - Machine: Some CPU, 2 cores, 8 GiB (linux x64)
    - Device: wasm (relaxed SIMD, 2 threads)
    - Node 24.21.0, seed 0
    - 2026-01-02, 2:03 minutes, interrupted

    | architecture | data set | parameters | MACs | test accuracy | seconds to train | samples per second |
    | --- | --- | ---: | ---: | ---: | ---: | ---: |
    | lenet5 | mnist 2D | 61,706 | 416,520 | 98.76 % | 20.4 | 15,059 |
    | lenet5 | mnist 2D | 61,706 | 416,520 | – | – | – |

    ![Accuracy](compare-quick.svg)

    - lenet5 2D on mnist failed: NonFiniteLossError: the loss of step 3 is NaN
    - A note.

    - MNIST: Y. LeCun. Licence: CC-BY-SA-3.0.
    "
  `);
});

test('leaves out what there is not', () => {
  const text = markdownReport(
    exampleReport([exampleRow()], { attributions: [] }),
    compare.columns,
    null,
  );
  expect(text).not.toContain('![');
  expect(text).not.toContain('\n\n\n');
});
