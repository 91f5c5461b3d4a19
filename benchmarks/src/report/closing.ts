import { relative } from 'node:path';

import type { Column } from './columns.ts';
import { failureLines } from './failures.ts';
import { columnsOf } from '../progress/progress.ts';
import { duration } from './format.ts';
import type { Report } from './report.ts';
import { textTable } from './text-table.ts';

/** What stands at the end of a run: the table, what went wrong, the machine, and where the files are. */
export function closing(
  report: Report,
  columns: readonly Column[],
  files: readonly string[],
  columnsOfStream?: number,
): string {
  const width = columnsOf(columnsOfStream);
  const { machine, rows } = report;
  const table = rows.length === 0 ? 'No results.' : textTable(rows, columns, width);
  const facts = [
    ['machine', `${machine.cpu}, ${machine.cores} cores, Node ${report.node}`],
    ['device', report.device],
    ['run', `seed ${report.seed}, ${duration(report.seconds)}`],
    ...files.map((file, i) => [i === 0 ? 'written' : '', shownPath(file)]),
  ];
  return [
    table,
    ...[...failureLines(rows), ...report.notes].map((text) => wrap(text, width)),
    '',
    ...facts.map(([name, value]) => `${name!.padEnd(9)}${value}`),
  ].join('\n');
}

/** A path as short as it can be said. */
function shownPath(file: string): string {
  const path = relative(process.cwd(), file);
  return path.startsWith('..') ? file : path;
}

/** Breaks text between words into lines of at most `width` characters; longer words stay whole. */
export function wrap(text: string, width: number): string {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= width) {
      lines[lines.length - 1] = `${last} ${word}`;
    } else {
      lines.push(word);
    }
  }
  return lines.join('\n');
}
