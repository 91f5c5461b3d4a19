import { nameOf } from './failures.ts';
import { count, fixed } from './format.ts';
import { geometricMean } from './geometric-mean.ts';
import type { Row } from './row.ts';

/** For each peer a sentence about its ratios: the geometric means, and the least. */
export function ratioNotes(rows: readonly Row[]): string[] {
  const peers = new Map<string, Row[]>();
  for (const row of rows) {
    if (row.peer === undefined || row.ratio === undefined) continue;
    const name = `${row.peer.name} ${row.peer.version}`;
    peers.set(name, [...(peers.get(name) ?? []), row]);
  }
  return [...peers].map(([name, those]) => {
    const medians = those.map(({ ratio }) => ratio!);
    const minima = those.map(({ ratioOfMinima }) => ratioOfMinima!);
    const least = those.reduce((a, b) => (b.ratio! < a.ratio! ? b : a));
    const leastOfMinima = those.reduce((a, b) => (b.ratioOfMinima! < a.ratioOfMinima! ? b : a));
    return (
      `Geometric mean of the ratios to ${name} over ${count(those.length)} rows: ` +
      `of medians ${fixed(geometricMean(medians))} (least ${fixed(least.ratio)}, ${nameOf(least)}), ` +
      `of minima ${fixed(geometricMean(minima))} (least ${fixed(leastOfMinima.ratioOfMinima)}, ` +
      `${nameOf(leastOfMinima)}).`
    );
  });
}
