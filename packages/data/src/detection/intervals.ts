import { aString, checkOptions, listOf, optionKinds, requireKind } from '@convnet/tensor-core';

import { FileError } from '../errors.ts';
import { parseCsv } from '../files/csv.ts';
import { labelOf } from './sample.ts';

/** How a list of intervals is read. */
export interface IntervalOptions {
  /** The class list, where it is to be that one. Default: the labels that occur, in alphabetical order. */
  readonly classes?: readonly string[];
  /** Names of columns with fiducial points, such as that of an R peak; an empty field is one that is not seen. Default: none. */
  readonly points?: readonly string[];
}

const intervalOptions = optionKinds<IntervalOptions>({
  classes: listOf(aString),
  points: listOf(aString),
});

/** The events of one recording. */
export interface Intervals {
  /** Rows [begin, end], in the unit of the file, one behind the other. */
  readonly boxes: Float32Array<ArrayBuffer>;
  /** The class of each, from 1 on; 0 is the background. */
  readonly labels: Int32Array<ArrayBuffer>;
  /** Where points were asked for: of each event rows [place, visible], one behind the other; [0, 0] for what is not seen. */
  readonly keypoints?: Float32Array<ArrayBuffer>;
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
  requireKind('parseIntervals', 'text', text, aString);
  requireKind('parseIntervals', 'source', source, aString);
  const { points } = options;
  const { header, rows, lines } = parseCsv(text, source, { header: true });
  const wanted = [...columns, ...(points ?? [])];
  const [file, begin, end, label, ...pointColumns] = wanted.map((name) => {
    const at = header.indexOf(name);
    if (at >= 0) return at;
    throw new FileError(
      'format',
      source,
      `expected the columns ${wanted.join(', ')}, got ${header.join(', ')}`,
    );
  }) as [number, number, number, number, ...number[]];
  const classes = options.classes ?? [...new Set(rows.map((row) => row[label]!))].sort();
  const byFile = new Map<string, { boxes: number[]; labels: number[]; keypoints: number[] }>();
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
    const own = byFile.get(row[file]!) ?? { boxes: [], labels: [], keypoints: [] };
    own.boxes.push(from!, to!);
    own.labels.push(labelOf(row[label]!, classes, `${source}, line ${lines[i]}`));
    for (const [k, column] of pointColumns.entries()) {
      const field = row[column]!.trim();
      const place = Number(field);
      if (!Number.isFinite(place)) {
        throw new FileError(
          'format',
          source,
          `line ${lines[i]}: expected ${points![k]} as a number or nothing, got '${field}'`,
        );
      }
      own.keypoints.push(...(field === '' ? [0, 0] : [place, 1]));
    }
    byFile.set(row[file]!, own);
  }
  return {
    recordings: new Map(
      Array.from(byFile, ([name, { boxes, labels, keypoints }]) => [
        name,
        {
          boxes: Float32Array.from(boxes),
          labels: Int32Array.from(labels),
          ...(points && { keypoints: Float32Array.from(keypoints) }),
        },
      ]),
    ),
    classes: ['background', ...classes],
  };
}
