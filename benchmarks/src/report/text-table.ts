import { styleText } from 'node:util';
import { getBorderCharacters, table } from 'table';

import type { Column } from './columns.ts';
import type { Row } from './row.ts';

/** From this width on, cells are written in full. */
const wide = 100;

/**
 * The rows as a table for a terminal, without vertical lines. It takes 80 columns or less for the usual
 * names; with 100 or more, numbers are written in full.
 */
export function textTable(rows: readonly Row[], columns: readonly Column[], width = 80): string {
  const shown = columns.map(({ title, align, cell, narrow }) =>
    width < wide ? { title, align, cell, ...narrow } : { title, align, cell },
  );
  const headLines = Math.max(...shown.map(({ title }) => title.length));
  const head = Array.from({ length: headLines }, (_, line) =>
    shown.map(({ title }) => dim(title[line - headLines + title.length] ?? '')),
  );
  const body = rows.map((row) => shown.map(({ cell }) => cell(row)));
  const lines = table([...head, ...body], {
    border: getBorderCharacters('norc'),
    drawVerticalLine: () => false,
    drawHorizontalLine: (i, total) => i === 0 || i === headLines || i === total,
    columnDefault: { paddingLeft: 0, paddingRight: 2 },
    columns: shown.map(({ align }, i) => ({
      alignment: align,
      paddingRight: i === shown.length - 1 ? 0 : 2,
    })),
  });
  return lines
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n')
    .trimEnd();
}

const dim = (text: string): string => (text === '' ? '' : styleText('dim', text));
