import { aString, requireKind } from '@convnet/tensor-core';
import { SignalError } from '../../errors.ts';
import { recordingOf, type Recording } from '../recording.ts';
import { withGaps } from './parse-ts.ts';
import { sortedClasses, valueOf, type SeriesFile } from './series-file.ts';

/**
 * Reads an `.arff` file of the UCR/UEA archive, the format of Weka: attributes with their types, then `@data`, then a case a
 * line, the class last. Series of several channels are one relational attribute, a text whose lines are the channels.
 *
 * @throws SignalError with fault 'format' that names the line.
 */
export function parseArff(text: string, source = '.arff file'): SeriesFile {
  requireKind('parseArff', 'text', text, aString);
  requireKind('parseArff', 'source', source, aString);
  let name: string | null = null;
  let classes: readonly string[] | null = null;
  let relational = false;
  let inData = false;
  const series: Recording[] = [];
  const labels: string[] = [];
  for (const [i, raw] of text.split(/\r?\n/).entries()) {
    const line = raw.trim();
    if (line === '' || line.startsWith('%')) continue;
    const refuse = (message: string): SignalError =>
      new SignalError('format', source, `line ${i + 1}: ${message}`);
    if (!inData) {
      const [, word, rest = ''] = /^@(\w+)\s*(.*)$/.exec(line) ?? [];
      if (word === undefined)
        throw refuse(`expected @ and a word of the header, got '${line.slice(0, 40)}'`);
      const kind = word.toLowerCase();
      if (kind === 'relation') name = unquoted(rest);
      else if (kind === 'data') inData = true;
      else if (kind === 'attribute') {
        if (/\srelational$/i.test(rest)) relational = true;
        const nominal = /\{(.*)\}\s*$/.exec(rest)?.[1];
        if (nominal !== undefined) classes = nominal.split(',').map(unquoted);
      }
      continue;
    }
    const [channels, label] = relational ? relationalCase(line, refuse) : plainCase(line, refuse);
    if (classes !== null && !classes.includes(label)) {
      throw refuse(`expected a class of ${classes.join(', ')}, got '${label}'`);
    }
    const recording = relational ? withGaps(channels) : recordingOf(channels);
    const expected = series[0]?.shape[0] ?? recording.shape[0];
    if (recording.shape[0] !== expected)
      throw refuse(`expected ${expected} channels, got ${recording.shape[0]}`);
    series.push(recording);
    labels.push(label);
  }
  if (!inData)
    throw new SignalError('format', source, "expected a line '@data', found the end of the file");
  if (series.length === 0)
    throw new SignalError('empty', source, "there is no case behind '@data'");
  return { name, series, labels, targets: null, classes: classes ?? sortedClasses(labels) };
}

const unquoted = (text: string): string => text.trim().replace(/^(['"])(.*)\1$/, '$2');

type Case = readonly [channels: number[][], label: string];

function plainCase(line: string, refuse: (message: string) => Error): Case {
  const fields = line.split(',');
  const label = unquoted(fields.pop()!);
  if (fields.length === 0) throw refuse('expected values in front of the class');
  return [[numbers(fields, 0, refuse)], label];
}

function relationalCase(line: string, refuse: (message: string) => Error): Case {
  const [, quote, text, label] = /^(['"])(.*)\1\s*,(.*)$/.exec(line) ?? [];
  if (quote === undefined) throw refuse('expected the channels in quotes and a class behind them');
  const channels = text!.split('\\n').map((channel, i) => numbers(channel.split(','), i, refuse));
  return [channels, unquoted(label!)];
}

function numbers(
  fields: readonly string[],
  channel: number,
  refuse: (message: string) => Error,
): number[] {
  return fields.map((field, at) => {
    const value = valueOf(field);
    if (value !== undefined) return value;
    throw refuse(
      `expected a number as value ${at} of channel ${channel}, got '${field.slice(0, 40)}'`,
    );
  });
}
