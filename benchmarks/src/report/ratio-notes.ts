import { nameOf } from './failures.ts';
import { count, fixed } from './format.ts';
import { geometricMean } from './geometric-mean.ts';
import { rowsByPeer } from './peer-rows.ts';
import type { Row } from './row.ts';

/** For each peer a sentence about its ratios: the geometric means, and the least. */
export function ratioNotes(rows: readonly Row[]): string[] {
  return [...rowsByPeer(rows)].map(([name, those]) => {
    const medians = those.map(({ ratio }) => ratio);
    const minima = those.map(({ ratioOfMinima }) => ratioOfMinima!);
    const least = those.reduce((a, b) => (b.ratio < a.ratio ? b : a));
    const leastOfMinima = those.reduce((a, b) => (b.ratioOfMinima! < a.ratioOfMinima! ? b : a));
    return (
      `Geometric mean of the ratios to ${name} over ${count(those.length)} rows: ` +
      `of medians ${fixed(geometricMean(medians))} (least ${fixed(least.ratio)}, ${nameOf(least)}), ` +
      `of minima ${fixed(geometricMean(minima))} (least ${fixed(leastOfMinima.ratioOfMinima)}, ` +
      `${nameOf(leastOfMinima)}).`
    );
  });
}
