import { aString, checkOptions, listOf, optionKinds, requireKind } from '@convnet/tensor-core';

import { FileError } from '../errors.ts';
import { parseCsv } from '../files/csv.ts';
import { labelOf } from './sample.ts';

/** How a list of intervals is read. */
export interface IntervalOptions {
  /** The class list, where it is to be that one. Default: the labels that occur, in alphabetical order. */
  readonly classes?: readonly string[];
}

const intervalOptions = optionKinds<IntervalOptions>({ classes: listOf(aString) });

/** The events of one recording. */
export interface Intervals {
  /** Rows [begin, end], in the unit of the file, one behind the other. */
  readonly boxes: Float32Array<ArrayBuffer>;
  /** The class of each, from 1 on; 0 is the background. */
  readonly labels: Int32Array<ArrayBuffer>;
}

/** What a list of intervals says. */
export interface IntervalList {
  /** By the name of the recording. */
  readonly recordings: ReadonlyMap<string, Intervals>;
  /** Label `i` means `classes[i]`, of which the first is the background. */
  readonly classes: readonly string[];
}

const columns = ['file', 'begin', 'end', 'label'] as const;

/**
 * Reads events in signals from comma-separated values with the columns file, begin, end and label.
 * @param source what errors call the file
 * @throws FileError (fault 'format', 'label') that names the line.
 */
export function parseIntervals(
  text: string,
  source: string,
  options: IntervalOptions = {},
): IntervalList {
  requireKind('parseIntervals', 'text', text, aString);
  requireKind('parseIntervals', 'source', source, aString);
  checkOptions('parseIntervals', options, intervalOptions);
  const { header, rows, lines } = parseCsv(text, source, { header: true });
  const [file, begin, end, label] = columns.map((name) => {
    const at = header.indexOf(name);
    if (at >= 0) return at;
    throw new FileError(
      'format',
      source,
      `expected the columns ${columns.join(', ')}, got ${header.join(', ')}`,
    );
  }) as [number, number, number, number];
  const classes = options.classes ?? [...new Set(rows.map((row) => row[label]!))].sort();
  const byFile = new Map<string, { boxes: number[]; labels: number[] }>();
  for (const [i, row] of rows.entries()) {
    const [from, to] = [row[begin]!, row[end]!].map((field) =>
      field.trim() === '' ? NaN : Number(field),
    );
    if (!Number.isFinite(from) || !Number.isFinite(to) || !(to! > from!)) {
      throw new FileError(
        'format',
        source,
        `line ${lines[i]}: expected begin < end as numbers, got ${row[begin]} and ${row[end]}`,
      );
    }
    const own = byFile.get(row[file]!) ?? { boxes: [], labels: [] };
    own.boxes.push(from!, to!);
    own.labels.push(labelOf(row[label]!, classes, `${source}, line ${lines[i]}`));
    byFile.set(row[file]!, own);
  }
  return {
    recordings: new Map(
      Array.from(byFile, ([name, { boxes, labels }]) => [
        name,
        { boxes: Float32Array.from(boxes), labels: Int32Array.from(labels) },
      ]),
    ),
    classes: ['background', ...classes],
  };
}
