import type { Kind } from '@convnet/tensor-core';
import { FileError } from '../errors.ts';

export const aDelimiter: Kind = {
  expected: 'a text of one character or more',
  accepts: (value) => typeof value === 'string' && value !== '',
};

/** A table of texts. */
export interface CsvTable {
  readonly header: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** Line of the file, from 1, where each row begins. */
  readonly lines: readonly number[];
}

export interface CsvOptions {
  /** Between fields; by default the one of , ; tab that the first line has most of. */
  readonly delimiter?: string;
  /** Whether the first line names the columns. */
  readonly header: boolean;
}

/**
 * Reads comma-separated values: fields may stand in double quotes, which are doubled inside (RFC 4180). Empty lines are
 * passed over.
 *
 * @throws FileError (fault 'format') for quotes that do not end, and rows of another number of fields than the first.
 */
export function parseCsv(text: string, source: string, options: CsvOptions): CsvTable {
  const body = plain(text);
  const delimiter = options.delimiter ?? likelyDelimiter(body);
  const rows: string[][] = [];
  const lines: number[] = [];
  let line = 1;
  let at = 0;
  while (at < body.length) {
    const [row, end] = readRow(body, at, delimiter, source, line);
    const isEmpty = row.length === 1 && row[0] === '';
    if (!isEmpty) {
      rows.push(row);
      lines.push(line);
    }
    for (let i = at; i < end; i++) if (body[i] === '\n') line++;
    at = end;
  }
  const width = rows[0]?.length ?? 0;
  const odd = rows.findIndex((row) => row.length !== width);
  if (odd >= 0) {
    throw new FileError(
      'format',
      source,
      `expected ${width} fields in line ${lines[odd]}, as in line ${lines[0]}, got ${rows[odd]!.length}`,
    );
  }
  if (!options.header)
    return { header: Array.from({ length: width }, (_, i) => String(i)), rows, lines };
  if (rows.length === 0)
    throw new FileError('format', source, 'expected a line that names the columns, it is empty');
  return {
    header: rows[0]!.map((name) => name.trim()),
    rows: rows.slice(1),
    lines: lines.slice(1),
  };
}

/** Without a mark of the encoding in front, and with line ends as they are understood: Excel can write carriage returns. */
function plain(text: string): string {
  const body = text.startsWith('\ufeff') ? text.slice(1) : text;
  return body.includes('\n') ? body : body.replaceAll('\r', '\n');
}

/**
 * @internal The first `count` rows of comma-separated values that are not empty, of as many fields as they have.
 *
 * @throws FileError (fault 'format') for quotes that do not end.
 */
export function firstRows(text: string, source: string, count: number): readonly string[][] {
  const body = plain(text);
  const delimiter = likelyDelimiter(body);
  const rows: string[][] = [];
  let at = 0;
  while (at < body.length && rows.length < count) {
    const [row, end] = readRow(body, at, delimiter, source, rows.length + 1);
    if (row.length > 1 || row[0] !== '') rows.push(row);
    at = end;
  }
  return rows;
}

function likelyDelimiter(text: string): string {
  const first = text.slice(0, text.indexOf('\n') + 1 || text.length);
  const counts = [',', ';', '\t'].map((mark) => first.split(mark).length);
  return [',', ';', '\t'][counts.indexOf(Math.max(...counts))]!;
}

function readRow(
  text: string,
  start: number,
  delimiter: string,
  source: string,
  line: number,
): readonly [string[], number] {
  const row: string[] = [];
  let at = start;
  for (;;) {
    if (text[at] === '"') {
      let field = '';
      at++;
      for (;;) {
        const quote = text.indexOf('"', at);
        if (quote < 0) {
          throw new FileError('format', source, `the quotes in the row of line ${line} do not end`);
        }
        field += text.slice(at, quote);
        at = quote + 1;
        if (text[at] !== '"') break;
        field += '"';
        at++;
      }
      row.push(field);
    } else {
      let end = at;
      while (end < text.length && text[end] !== '\n' && !text.startsWith(delimiter, end)) end++;
      const field = text.slice(at, end);
      row.push(field.endsWith('\r') ? field.slice(0, -1) : field);
      at = end;
    }
    if (text.startsWith(delimiter, at)) {
      at += delimiter.length;
      continue;
    }
    if (text[at] === '\r') at++;
    if (at < text.length && text[at] !== '\n') {
      throw new FileError(
        'format',
        source,
        `expected ${JSON.stringify(delimiter)} behind the quotes in the row of line ${line}`,
      );
    }
    return [row, Math.min(at + 1, text.length)];
  }
}
