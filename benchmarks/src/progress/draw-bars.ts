import { styleText } from 'node:util';

import type { Bar } from './progress.ts';

const leastCells = 8;
const mostCells = 30;

/** Draws bars below each other, labels and figures aligned, in lines of at most `columns` characters. */
export function drawBars(bars: readonly Bar[], columns: number): string {
  const labels = Math.max(...bars.map(({ label }) => label.length));
  const details = Math.max(...bars.map(({ detail }) => detail.length));
  const percent = 5;
  const free = columns - labels - details - percent - 4;
  const cells = Math.min(mostCells, Math.max(leastCells, free));
  return bars
    .map(({ label, share, detail }) => {
      const bounded = Math.min(1, Math.max(0, share));
      const filled = Math.round(bounded * cells);
      const bar =
        styleText('cyan', '█'.repeat(filled)) + styleText('dim', '░'.repeat(cells - filled));
      const text = `${Math.floor(bounded * 100)}%`.padStart(percent - 1);
      const room = columns - labels - cells - percent - 4;
      return `${label.padEnd(labels)}  ${bar} ${text}  ${detail.slice(0, Math.max(0, room))}`.trimEnd();
    })
    .join('\n');
}
