import { aString, requireKind } from '@convnet/tensor-core';
import { SignalError } from '../../errors.ts';
import { fileSource, type FilesOf } from '../../files/file-source.ts';
import { recordingOf, type Recording } from '../recording.ts';
import { parseWfdbHeader, type WfdbHeader, type WfdbSignal } from './header.ts';
import { readWfdbSamples } from './samples.ts';
import { decodeText } from '../../files/decode-text.ts';

/** A record with what its header says beside the signals. */
export interface WfdbRecord extends Recording {
  readonly header: WfdbHeader;
}

/**
 * Reads a record of PhysioNet: `name.hea` and the files that it names, of the formats 16, 24, 32, 61, 80, 160 and 212.
 * Values are in the units of the header: (sample - baseline) / gain; one that the converter marks as missing is NaN.
 *
 * @param name Path of the record in the folder, without ending.
 * @throws SignalError with fault 'format' for a header or format that is none, 'length' where a file is cut short,
 *   'checksum' where samples are not those that the header sums up; FileError where a file is missing.
 */
export async function readWfdb(folder: FilesOf, name: string): Promise<WfdbRecord> {
  const source = fileSource('readWfdb', folder);
  requireKind('readWfdb', 'name', name, aString);
  const base = name.replace(/\.hea$/, '');
  const path = base.includes('/') ? base.slice(0, base.lastIndexOf('/') + 1) : '';
  const headerFile = `${base}.hea`;
  const header = parseWfdbHeader(decodeText(await source.read(headerFile)), headerFile);
  const channels: Float64Array[] = new Array<Float64Array>(header.signals.length);
  for (const [file, members] of byFile(header.signals)) {
    const bytes = await source.read(path + file);
    for (const [place, values] of separate(bytes, members, header, path + file))
      channels[place] = values;
  }
  return {
    ...recordingOf(
      channels.map((values, i) => {
        const { gain, baseline } = header.signals[i]!;
        return values.map((value) => (value - baseline) / gain);
      }),
      {
        sampleRate: header.frequency * header.signals[0]!.samplesPerFrame,
        channelNames: header.signals.map(({ description }, i) => description || `signal ${i}`),
        units: header.signals.map(({ units }) => units),
      },
    ),
    header,
  };
}

type Member = readonly [place: number, signal: WfdbSignal];

/** Signals that share a file, by its name. */
function byFile(signals: readonly WfdbSignal[]): ReadonlyMap<string, readonly Member[]> {
  const files = new Map<string, Member[]>();
  signals.forEach((signal, place) => {
    const members = files.get(signal.file);
    if (members === undefined) files.set(signal.file, [[place, signal]]);
    else members.push([place, signal]);
  });
  return files;
}

/** The signals of a file, which take turns in it. */
function separate(
  bytes: Uint8Array,
  members: readonly Member[],
  { length }: WfdbHeader,
  source: string,
): (readonly [place: number, values: Float64Array])[] {
  const [, { format, byteOffset, samplesPerFrame }] = members[0]!;
  const odd = members.find(
    ([, signal]) => signal.format !== format || signal.samplesPerFrame !== samplesPerFrame,
  );
  if (odd !== undefined) {
    throw new SignalError(
      'format',
      source,
      `signals of one file must have one format and rate, got ${format}x${samplesPerFrame} and ` +
        `${odd[1].format}x${odd[1].samplesPerFrame}`,
    );
  }
  const perFrame = members.length * samplesPerFrame;
  const count = length === null ? null : length * perFrame;
  const all = readWfdbSamples(bytes, format, byteOffset, count, source);
  const frames = Math.floor(all.length / perFrame);
  return members.map(([place, signal], member) => {
    const values = new Float64Array(frames * samplesPerFrame);
    for (let frame = 0, to = 0; frame < frames; frame++) {
      const from = frame * perFrame + member * samplesPerFrame;
      for (let i = 0; i < samplesPerFrame; i++) values[to++] = all[from + i]!;
    }
    checkSum(values, signal, `${source}, signal ${place}`);
    return [place, values];
  });
}

/** @throws SignalError (fault 'checksum') where the samples do not add up to what the header says, in 16 bits. */
function checkSum(values: Float64Array, { checksum, format }: WfdbSignal, source: string): void {
  if (checksum === null) return;
  const missing = format === 212 ? -2048 : format === 80 ? -128 : -32768;
  let sum = 0;
  for (const value of values) sum = (sum + (Number.isNaN(value) ? missing : value)) | 0;
  const found = (sum << 16) >> 16;
  if (found === (checksum << 16) >> 16) return;
  throw new SignalError(
    'checksum',
    source,
    `expected samples with the checksum ${checksum}, got ${found}: the file was changed`,
  );
}
