import { fixed } from '../report/format.ts';
import { geometricMean } from '../report/geometric-mean.ts';
import { markdownTable } from '../report/markdown.ts';
import { rowsByPeer } from '../report/peer-rows.ts';
import type { Report } from '../report/report.ts';

/** What the rows of a suite are, for who does not know the suites. */
const work: Readonly<Record<string, string>> = {
  training: 'a training step',
  inference: 'one image, compiled',
  detection: 'a detector, one image',
  kernels: 'a kernel, forward',
  browser: 'one image, compiled, in Chromium',
};

/**
 * How many times as long as convnet others take, as a table: a line for each suite and peer, with the geometric mean over
 * the networks of ratios of medians, and the least and the greatest.
 */
export function speedTable(reports: readonly Report[]): string {
  const lines = reports.flatMap(({ suite, rows, date }) =>
    [...rowsByPeer(rows)].map(([peer, those]) => {
      const ratios = those.map(({ ratio }) => ratio);
      const [first] = those;
      return [
        work[suite] ?? suite,
        peer,
        `${those.length}`,
        fixed(geometricMean(ratios)),
        `${fixed(Math.min(...ratios))} to ${fixed(Math.max(...ratios))}`,
        `${first!.threads}`,
        date.slice(0, 10),
      ];
    }),
  );
  return markdownTable(
    [
      'time of',
      'by',
      'networks',
      'over that of convnet',
      'least to greatest',
      'threads',
      'measured',
    ],
    ['left', 'left', 'right', 'right', 'right', 'right', 'left'],
    lines,
  );
}
