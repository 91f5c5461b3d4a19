import { aString, requireKind } from '@convnet/tensor-core';
import { SignalError } from '../../errors.ts';
import { recordingOf, type Recording } from '../recording.ts';
import { sortedClasses, valueOf, type SeriesFile } from './series-file.ts';

/**
 * Reads a `.tsv` file of the UCR archive (H. Dau et al., "The UCR Time Series Classification Archive", 2018): a case a line,
 * the label first, values separated by tabs, commas or spaces. Values that are missing at the end are the padding of
 * shorter series and are cut off.
 *
 * @throws SignalError with fault 'format' that names the line.
 */
export function parseUcrTsv(text: string, source = '.tsv file'): SeriesFile {
  requireKind('parseUcrTsv', 'text', text, aString);
  requireKind('parseUcrTsv', 'source', source, aString);
  const series: Recording[] = [];
  const labels: string[] = [];
  for (const [i, raw] of text.split(/\r?\n/).entries()) {
    const line = raw.trim();
    if (line === '') continue;
    const [label, ...fields] = line.split(/\s*[\t,]\s*|\s+/);
    const values = fields.map((field, at) => {
      const value = valueOf(field);
      if (value !== undefined) return value;
      throw new SignalError(
        'format',
        source,
        `line ${i + 1}: expected a number as value ${at}, got '${field}'`,
      );
    });
    let length = values.length;
    while (length > 0 && Number.isNaN(values[length - 1])) length--;
    if (length === 0) {
      throw new SignalError(
        'format',
        source,
        `line ${i + 1}: expected values behind the label '${label}', got none`,
      );
    }
    series.push(recordingOf([values.slice(0, length)]));
    labels.push(labelText(label!));
  }
  if (series.length === 0) throw new SignalError('empty', source, 'there is no case in the file');
  return { name: null, series, labels, targets: null, classes: sortedClasses(labels) };
}

/** Old files write the labels as floating-point numbers: 1.0000000e+00. */
function labelText(label: string): string {
  const value = Number(label);
  return Number.isInteger(value) ? String(value) : label;
}
