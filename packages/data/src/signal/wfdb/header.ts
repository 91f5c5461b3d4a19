import { aString, requireKind } from '@convnet/tensor-core';
import { SignalError } from '../../errors.ts';

/** One signal of a record, as its line in the header says. */
export interface WfdbSignal {
  readonly file: string;
  readonly format: number;
  /** Samples of this signal in a frame. */
  readonly samplesPerFrame: number;
  /** Bytes in front of the samples in the file. */
  readonly byteOffset: number;
  /** Units of the converter for one of `units`. */
  readonly gain: number;
  /** Converter value of 0. */
  readonly baseline: number;
  readonly units: string;
  /** First value, where the header says it: what formats of differences begin with. */
  readonly initialValue: number;
  /** Sum of all samples, of 16 bits; null where the header does not say it. */
  readonly checksum: number | null;
  readonly description: string;
}

/** What the header of a record says. */
export interface WfdbHeader {
  readonly record: string;
  /** Frames per second. */
  readonly frequency: number;
  /** Frames; null where the header does not say it. */
  readonly length: number | null;
  readonly signals: readonly WfdbSignal[];
  /** Lines with #, without it: age, sex and diagnoses in many databases. */
  readonly comments: readonly string[];
}

/**
 * Reads the header (`.hea`) of a record of PhysioNet (G. Moody, "WFDB Applications Guide", header(5)).
 *
 * @throws SignalError with fault 'format' that names the line; records of several segments are refused by name.
 */
export function parseWfdbHeader(text: string, source = '.hea file'): WfdbHeader {
  requireKind('parseWfdbHeader', 'text', text, aString);
  requireKind('parseWfdbHeader', 'source', source, aString);
  const comments: string[] = [];
  const lines: (readonly [number: number, fields: string[]])[] = [];
  for (const [i, raw] of text.split(/\r?\n/).entries()) {
    const line = raw.trim();
    if (line.startsWith('#')) comments.push(line.slice(1).trim());
    else if (line !== '') lines.push([i + 1, line.split(/\s+/)]);
  }
  const refuse = (line: number, message: string): SignalError =>
    new SignalError('format', source, `line ${line}: ${message}`);
  const [first] = lines;
  if (first === undefined)
    throw new SignalError('format', source, 'expected a record line, the header is empty');
  const [number, [record = '', signals = '', frequency = '250', length = '']] = first;
  if (record.includes('/')) {
    throw refuse(
      number,
      `'${record}' is a record of several segments, which are not read; read its segments one by one`,
    );
  }
  const count = Number(signals);
  if (!Number.isSafeInteger(count) || count < 1) {
    throw refuse(
      number,
      `expected the number of signals behind the record's name, got '${signals}'`,
    );
  }
  // Behind a slash stands the frequency of a counter, which reading does not need.
  const perSecond = Number.parseFloat(frequency.split('/')[0]!);
  if (!(perSecond > 0)) throw refuse(number, `expected a sampling frequency, got '${frequency}'`);
  if (lines.length - 1 < count) {
    throw new SignalError(
      'format',
      source,
      `expected ${count} signal lines, got ${lines.length - 1}`,
    );
  }
  const frames = Number(length);
  return {
    record,
    frequency: perSecond,
    length: length === '' || !(frames > 0) ? null : frames,
    signals: lines.slice(1, count + 1).map(([line, fields]) => signalOf(fields, line, refuse)),
    comments,
  };
}

function signalOf(
  fields: readonly string[],
  line: number,
  refuse: (line: number, message: string) => SignalError,
): WfdbSignal {
  const [
    file,
    formatField = '',
    gainField = '200',
    ,
    zero = '0',
    initial = '',
    sum = '',
    ,
    ...words
  ] = fields;
  const format = /^(\d+)(?:x(\d+))?(?::(-?\d+))?(?:\+(\d+))?$/.exec(formatField);
  if (file === undefined || format === null) {
    throw refuse(line, `expected a file and a format, got '${fields.slice(0, 2).join(' ')}'`);
  }
  const gain = /^(-?[\d.eE+]+|-?[\d.]+[eE]-?\d+)(?:\((-?\d+)\))?(?:\/(\S+))?$/.exec(gainField);
  if (gain === null) throw refuse(line, `expected a gain such as 200(0)/mV, got '${gainField}'`);
  const adcZero = Number(zero);
  const baseline = gain[2] === undefined ? adcZero : Number(gain[2]);
  // 0 says that it is not known.
  const given = Number(gain[1]);
  return {
    file,
    format: Number(format[1]),
    samplesPerFrame: Number(format[2] ?? 1),
    byteOffset: Number(format[4] ?? 0),
    gain: given === 0 ? 200 : given,
    baseline,
    units: gain[3] ?? 'mV',
    initialValue: initial === '' ? adcZero : Number(initial),
    checksum: sum === '' ? null : Number(sum),
    description: words.join(' '),
  };
}
