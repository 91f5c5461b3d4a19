/** Events as intervals, and as a class for each sample. */
import {
  anyNumbers,
  ArgumentError,
  integerFrom,
  requireKind,
  type Kind,
} from '@convnet/tensor-core';

import { DatasetError } from '../errors.ts';
import type { Intervals } from './intervals.ts';

/**
 * The class of each sample: that of the event in it, of the last one where several are; 0 where there is none. A sample is in an
 * event where its middle is.
 * @param intervals `boxes` in samples
 * @throws DatasetError (fault 'sample') for an event beyond the recording, by its number.
 */
export function sampleLabels(intervals: Intervals, length: number): Int32Array<ArrayBuffer> {
  const ranges = rangesOf('sampleLabels', intervals, length);
  const labels = new Int32Array(length);
  for (const [i, [begin, end]] of ranges.entries()) {
    labels.fill(intervals.labels[i]!, begin, end);
  }
  return labels;
}

/**
 * Of each event which samples belong to it: 1, else 0.
 * @throws DatasetError (fault 'sample') for an event beyond the recording, by its number.
 */
export function sampleMasks(intervals: Intervals, length: number): Uint8Array<ArrayBuffer>[] {
  return rangesOf('sampleMasks', intervals, length).map(([begin, end]) =>
    new Uint8Array(length).fill(1, begin, end),
  );
}

/**
 * The events of a recording whose samples have a class each: an interval for each run of samples of one class other than 0.
 * @throws ArgumentError for what are no classes.
 */
export function intervalsOf(labels: ArrayLike<number>): Intervals {
  requireKind('intervalsOf', 'labels', labels, anyNumbers);
  const boxes: number[] = [];
  const found: number[] = [];
  for (let begin = 0; begin < labels.length;) {
    const label = labels[begin]!;
    if (!Number.isInteger(label) || label < 0) {
      throw new ArgumentError(
        `intervalsOf: expected whole numbers ≥ 0 as labels, got ${label} for sample ${begin}`,
      );
    }
    let end = begin + 1;
    while (end < labels.length && labels[end] === label) end++;
    if (label > 0) {
      boxes.push(begin, end);
      found.push(label);
    }
    begin = end;
  }
  return { boxes: Float32Array.from(boxes), labels: Int32Array.from(found) };
}

const someIntervals: Kind = {
  expected: 'events { boxes, labels } of two numbers and one each',
  accepts: (value) => {
    const { boxes, labels } = (value ?? {}) as Partial<Intervals>;
    return (
      anyNumbers.accepts(boxes) &&
      anyNumbers.accepts(labels) &&
      boxes!.length === 2 * labels!.length
    );
  },
};

/** Samples of a recording: more than fit into memory as masks are no length. */
const aLength = integerFrom(1, 2 ** 31 - 1);

function rangesOf(
  where: string,
  intervals: Intervals,
  length: number,
): (readonly [begin: number, end: number])[] {
  requireKind(where, 'intervals', intervals, someIntervals);
  requireKind(where, 'length', length, aLength);
  const { boxes, labels } = intervals;
  return Array.from(labels, (_, i) => {
    const [begin, end] = [boxes[2 * i]!, boxes[2 * i + 1]!];
    if (!(begin >= 0 && end > begin && end <= length)) {
      throw new DatasetError(
        'sample',
        `${where}: expected event ${i} within ${length} samples, got [${begin}, ${end}]`,
      );
    }
    return [Math.ceil(begin - 0.5), Math.ceil(end - 0.5)];
  });
}
