import { stripVTControlCharacters, styleText } from 'node:util';
import { getBorderCharacters, table } from 'table';

import type { Column } from './columns.ts';
import type { Row } from './row.ts';

/**
 * The rows as a table for a terminal of `width` columns, without vertical lines. Where there is no room for
 * it, numbers are written short, then optional columns are left out, then the first column is broken into
 * lines.
 */
export function textTable(rows: readonly Row[], columns: readonly Column[], width = 80): string {
  const short = columns.map(({ narrow, ...column }) => ({ ...column, ...narrow }));
  const needed = short.filter(({ optional }) => optional !== true);
  for (const shown of [columns, short, needed]) {
    const drawn = draw(rows, shown);
    if (widthOf(drawn) <= width) return drawn;
  }
  const widest = Math.max(...rows.map((row) => lengthOf(needed[0]!.cell(row))));
  const excess = widthOf(draw(rows, needed)) - width;
  return draw(rows, needed, Math.max(leastFirst, widest - excess));
}

/** Least width of a first column that is broken into lines. */
const leastFirst = 16;

const widthOf = (text: string): number =>
  Math.max(...stripVTControlCharacters(text).split('\n').map(lengthOf));

const lengthOf = (line: string): number => line.length;

/** `first`: width of the first column, where its cells are broken between words. */
function draw(rows: readonly Row[], shown: readonly Column[], first?: number): string {
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
      ...(i === 0 && first !== undefined ? { width: first, wrapWord: true } : {}),
    })),
  });
  return lines
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n')
    .trimEnd();
}

const dim = (text: string): string => (text === '' ? '' : styleText('dim', text));
