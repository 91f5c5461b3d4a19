import { aString, requireKind } from '@convnet/tensor-core';
import { SignalError } from '../../errors.ts';
import { recordingOf, type Recording } from '../recording.ts';
import { sortedClasses, valueOf, type SeriesFile } from './series-file.ts';

interface Header {
  name: string | null;
  timeStamps: boolean;
  dimensions: number | null;
  seriesLength: number | null;
  equalLength: boolean | null;
  /** null: the file has no labels. */
  classes: readonly string[] | null;
  hasTargets: boolean;
}

/**
 * Reads a `.ts` file of the UCR/UEA archive (A. Bagnall et al., "The UEA multivariate time series classification archive",
 * 2018, and timeseriesclassification.com): a header of lines with @, then `@data`, then a case a line, whose channels are
 * separated by colons, the label last. With time stamps a value is `(time, value)`, and the time is passed over. Series may
 * have unequal lengths, also within a case: its shorter channels are filled with missing values.
 *
 * @throws SignalError with fault 'format' that names the line.
 */
export function parseTs(text: string, source = '.ts file'): SeriesFile {
  requireKind('parseTs', 'text', text, aString);
  requireKind('parseTs', 'source', source, aString);
  const header: Header = {
    name: null,
    timeStamps: false,
    dimensions: null,
    seriesLength: null,
    equalLength: null,
    classes: null,
    hasTargets: false,
  };
  const series: Recording[] = [];
  const labels: string[] = [];
  let inData = false;
  for (const [i, raw] of text.split(/\r?\n/).entries()) {
    const line = raw.trim();
    if (line === '' || line.startsWith('#') || line.startsWith('%')) continue;
    const refuse = (message: string): SignalError =>
      new SignalError('format', source, `line ${i + 1}: ${message}`);
    if (!inData) {
      if (!line.startsWith('@'))
        throw refuse(`expected @ and a word of the header, got '${line.slice(0, 40)}'`);
      inData = readHeader(line, header, refuse);
      continue;
    }
    const [channels, label] = readCase(line, header, refuse);
    const expected = header.dimensions ?? series[0]?.shape[0] ?? channels.length;
    if (channels.length !== expected)
      throw refuse(`expected ${expected} channels, got ${channels.length}`);
    const recording = withGaps(channels);
    const [, length] = recording.shape;
    if (header.equalLength === true) {
      const wanted = header.seriesLength ?? series[0]?.shape[1] ?? length;
      if (length !== wanted)
        throw refuse(`expected ${wanted} values, as the header says, got ${length}`);
    }
    if (header.classes !== null && header.classes.length > 0 && !header.classes.includes(label)) {
      throw refuse(`expected a label of ${header.classes.join(', ')}, got '${label}'`);
    }
    series.push(recording);
    labels.push(label);
  }
  if (!inData)
    throw new SignalError('format', source, "expected a line '@data', found the end of the file");
  if (series.length === 0)
    throw new SignalError('empty', source, "there is no case behind '@data'");
  const { name, classes, hasTargets } = header;
  return {
    name,
    series,
    labels: classes === null ? null : labels,
    targets: hasTargets ? targetsOf(labels, source) : null,
    classes: classes === null ? [] : classes.length > 0 ? classes : sortedClasses(labels),
  };
}

/** Takes in a line of the header. Returns whether the data begin. */
function readHeader(line: string, header: Header, refuse: (message: string) => Error): boolean {
  const [word, ...rest] = line.slice(1).split(/\s+/);
  const value = rest.join(' ');
  const flag = (): boolean => {
    if (/^true$/i.test(rest[0] ?? '')) return true;
    if (/^false$/i.test(rest[0] ?? '')) return false;
    throw refuse(`expected true or false behind @${word}, got '${value}'`);
  };
  const count = (): number => {
    const number = Number(value);
    if (Number.isSafeInteger(number) && number > 0) return number;
    throw refuse(`expected a whole number behind @${word}, got '${value}'`);
  };
  switch (word!.toLowerCase()) {
    case 'problemname':
      header.name = value;
      break;
    case 'timestamps':
      header.timeStamps = flag();
      break;
    case 'univariate':
      if (flag()) header.dimensions = 1;
      break;
    case 'dimension':
    case 'dimensions':
      header.dimensions = count();
      break;
    case 'equallength':
      header.equalLength = flag();
      break;
    case 'serieslength':
      // Some files of unequal lengths say 0 here.
      if (Number(value) > 0) header.seriesLength = count();
      break;
    case 'classlabel':
      header.classes = flag() ? rest.slice(1).filter((label) => label !== '') : null;
      break;
    case 'targetlabel':
      header.hasTargets = flag();
      break;
    case 'data':
      return true;
    default:
  }
  return false;
}

function readCase(
  line: string,
  header: Header,
  refuse: (message: string) => Error,
): readonly [channels: number[][], label: string] {
  const parts = header.timeStamps ? splitOutside(line) : line.split(':');
  const hasLabel = header.classes !== null || header.hasTargets;
  const label = hasLabel ? parts.pop()!.trim() : '';
  if (hasLabel && (parts.length === 0 || label === ''))
    throw refuse('expected a label behind the last colon');
  const channels = parts.map((part, channel) => {
    const texts = header.timeStamps ? stamped(part, refuse) : part.split(',');
    return texts.map((text, at) => {
      const value = valueOf(text);
      if (value !== undefined) return value;
      throw refuse(
        `expected a number as value ${at} of channel ${channel}, got '${text.slice(0, 40)}'`,
      );
    });
  });
  return [channels, label];
}

/** Parts between colons that are not in parentheses, as those of a time of day are. */
function splitOutside(line: string): string[] {
  const parts: string[] = [''];
  let depth = 0;
  for (const character of line) {
    if (character === '(') depth++;
    else if (character === ')') depth--;
    if (character === ':' && depth === 0) parts.push('');
    else parts[parts.length - 1] += character;
  }
  return parts;
}

/** The values of `(time, value),(time, value)`: what stands behind the last comma of each. */
function stamped(part: string, refuse: (message: string) => Error): string[] {
  const pairs = [...part.matchAll(/\(([^()]*)\)/g)].map(([, inside]) => inside!);
  if (pairs.length === 0) throw refuse(`expected (time, value) pairs, got '${part.slice(0, 40)}'`);
  return pairs.map((pair) => pair.slice(pair.lastIndexOf(',') + 1));
}

/** Channels of one length, shorter ones filled with missing values. */
export function withGaps(channels: readonly (readonly number[])[]): Recording {
  const length = Math.max(...channels.map((channel) => channel.length));
  return recordingOf(
    channels.map((channel) => [
      ...channel,
      ...new Array<number>(length - channel.length).fill(Number.NaN),
    ]),
  );
}

/** @throws SignalError for one that is no number. */
function targetsOf(labels: readonly string[], source: string): Float32Array {
  return Float32Array.from(labels, (label, i) => {
    const value = valueOf(label);
    if (value !== undefined && !Number.isNaN(value)) return value;
    throw new SignalError(
      'format',
      source,
      `expected a number to predict for case ${i}, got '${label}'`,
    );
  });
}
