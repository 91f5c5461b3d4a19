import { reference } from '@convnet/tensor-core/reference';

import type { BenchOptions } from '../options.ts';
import type { Row } from '../report/row.ts';
import type { Suite, SuiteContext } from '../suite.ts';

/** What a suite gave. */
export interface SuiteResult {
  readonly rows: readonly Row[];
  readonly notes: readonly string[];
}

/** Runs a suite on the reference device, or another one, without output and files. */
export async function resultOf(
  suite: Suite,
  options: Partial<BenchOptions>,
  context: Partial<SuiteContext> = {},
): Promise<SuiteResult> {
  const notes: string[] = [];
  const device = reference();
  const rows: Row[] = [];
  const results = suite.run({
    options: {
      profile: 'quick',
      backend: 'reference',
      revectorize: false,
      seed: 0,
      out: '',
      ...options,
    },
    device,
    devices: [{ device, backend: 'reference', threads: 1, passedOver: [] }],
    threads: 1,
    progress: {
      show: () => undefined,
      note: () => undefined,
      milestone: () => undefined,
      close: () => undefined,
    },
    signal: new AbortController().signal,
    note: (sentence) => notes.push(sentence),
    attribute: () => undefined,
    describe: () => undefined,
    ...context,
  });
  for await (const row of results) rows.push(row);
  return { rows, notes };
}
