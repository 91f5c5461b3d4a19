import { describe, expect, it } from 'vitest';
import { FileError, SignalError } from '../../errors.ts';
import type { FileSource } from '../../files/file-source.ts';
import { parseWfdbHeader } from './header.ts';
import { readWfdb } from './read-wfdb.ts';
import { readWfdbSamples } from './samples.ts';

const source = (files: Readonly<Record<string, Uint8Array | string>>): FileSource => ({
  name: 'records',
  list: () => Promise.resolve(Object.keys(files)),
  read: (path) => {
    const content = files[path];
    if (content === undefined)
      return Promise.reject(new FileError('missing', path, 'is not there'));
    return Promise.resolve(
      typeof content === 'string' ? new TextEncoder().encode(content) : content,
    );
  },
});

/** Two samples of 12 bits in three bytes. */
function pack212(samples: readonly number[]): Uint8Array {
  const bytes: number[] = [];
  for (let i = 0; i < samples.length; i += 2) {
    const [a, b] = [samples[i]! & 0xfff, (samples[i + 1] ?? 0) & 0xfff];
    bytes.push(a & 0xff, (a >> 8) | ((b >> 8) << 4), b & 0xff);
  }
  return Uint8Array.from(bytes);
}

describe('parseWfdbHeader', () => {
  it('reads what the MIT-BIH arrhythmia database has', () => {
    const header = parseWfdbHeader(
      '100 2 360 650000\n100.dat 212 200 11 1024 995 -22131 0 MLII\n100.dat 212 200 11 1024 1011 20052 0 V5\n' +
        '# 69 M 1085 1629 x1\n# Aldomet, Inderal\n',
    );
    expect(header).toMatchObject({ record: '100', frequency: 360, length: 650_000 });
    expect(header.signals[1]).toEqual({
      file: '100.dat',
      format: 212,
      samplesPerFrame: 1,
      byteOffset: 0,
      gain: 200,
      baseline: 1024,
      units: 'mV',
      initialValue: 1011,
      checksum: 20_052,
      description: 'V5',
    });
    expect(header.comments[1]).toBe('Aldomet, Inderal');
  });

  it('reads what PTB-XL has, and the rarer parts of a line', () => {
    const header = parseWfdbHeader(
      '00001_lr 1 100/50 1000 12:00:00\n00001_lr.dat 16x2+24 1000.5(-7)/uV 16 0 -119 1508 0 lead I, left\n',
    );
    expect(header.frequency).toBe(100);
    expect(header.signals[0]).toMatchObject({
      samplesPerFrame: 2,
      byteOffset: 24,
      gain: 1000.5,
      baseline: -7,
      units: 'uV',
      description: 'lead I, left',
    });
    expect(parseWfdbHeader('r 1\nr.dat 16\n').signals[0]).toMatchObject({
      gain: 200,
      checksum: null,
    });
    expect(parseWfdbHeader('r 1\nr.dat 16 0\n').signals[0]!.gain).toBe(200);
  });

  it.each([
    ['the header is empty', '# nothing\n'],
    ["line 1: 'r/3' is a record of several segments", 'r/3 2 360 100\n'],
    ["expected the number of signals behind the record's name, got ''", 'r\n'],
    ["expected a sampling frequency, got 'fast'", 'r 1 fast\nr.dat 16\n'],
    ['expected 2 signal lines, got 1', 'r 2 100\nr.dat 16\n'],
    ["line 2: expected a file and a format, got 'r.dat x'", 'r 1 100\nr.dat x\n'],
    ["line 2: expected a gain such as 200(0)/mV, got 'much'", 'r 1 100\nr.dat 16 much\n'],
  ])('says: %s', (message, text) => {
    expect(() => parseWfdbHeader(text)).toThrow(SignalError);
    expect(() => parseWfdbHeader(text)).toThrow(message);
  });
});

describe('readWfdbSamples', () => {
  it.each([
    [212, pack212([0, 2047, -2047, -1, 5])],
    [16, new Uint8Array(Int16Array.of(0, 2047, -2047, -1, 5).buffer)],
    [61, Uint8Array.of(0, 0, 7, 255, 248, 1, 255, 255, 0, 5)],
    [24, Uint8Array.of(0, 0, 0, 255, 7, 0, 1, 248, 255, 255, 255, 255, 5, 0, 0)],
    [32, new Uint8Array(Int32Array.of(0, 2047, -2047, -1, 5).buffer)],
    [160, new Uint8Array(Uint16Array.of(32768, 34815, 30721, 32767, 32773).buffer)],
  ])('reads format %d', (format, bytes) => {
    expect([...readWfdbSamples(bytes, format, 0, 5, 'x.dat')]).toEqual([0, 2047, -2047, -1, 5]);
    const shifted = Uint8Array.of(9, 9, 9, ...bytes);
    expect([...readWfdbSamples(shifted, format, 3, 5, 'x.dat')]).toEqual([0, 2047, -2047, -1, 5]);
  });

  it('reads format 80, and a last sample of 212 that stands alone in two bytes', () => {
    expect([...readWfdbSamples(Uint8Array.of(128, 255, 1), 80, 0, null, 'x')]).toEqual([
      0, 127, -127,
    ]);
    expect([...readWfdbSamples(pack212([7, 8, 9]).subarray(0, 5), 212, 0, null, 'x')]).toEqual([
      7, 8, 9,
    ]);
  });

  it('marks what the converter marks as missing, and refuses the rest', () => {
    expect([...readWfdbSamples(pack212([-2048, 1]), 212, 0, 2, 'x')]).toEqual([Number.NaN, 1]);
    expect(() => readWfdbSamples(new Uint8Array(4), 310, 0, 1, 'x.dat')).toThrow('got 310');
    expect(() => readWfdbSamples(new Uint8Array(5), 16, 0, 3, 'x.dat')).toThrow(
      'x.dat: expected 3 samples of format 16, the file of 5 bytes has 2: it is cut short',
    );
  });
});

describe('readWfdb', () => {
  const first = [1024, 1224, 824, -2048];
  const second = [0, 100, -100, 50];
  const interleaved = first.flatMap((value, i) => [value, second[i]!]);
  const checksum = (values: readonly number[]) => (values.reduce((a, b) => a + b, 0) << 16) >> 16;
  const header = (sums: readonly number[]) =>
    `ecg 2 360 4\necg.dat 212 200 11 1024 0 ${sums[0]} 0 MLII\necg.dat 212 100(10)/uV 11 0 0 ${sums[1]} 0\n# 69 M\n`;
  const sums = [checksum(first), checksum(second)];

  it('gives the signals of a file in their units', async () => {
    const files = { 'a/ecg.hea': header(sums), 'a/ecg.dat': pack212(interleaved) };
    const record = await readWfdb(source(files), 'a/ecg');
    expect(record.shape).toEqual([2, 4]);
    expect([...record.data]).toEqual([
      0,
      1,
      -1,
      Number.NaN,
      ...Float32Array.of(-0.1, 0.9, -1.1, 0.4),
    ]);
    expect(record).toMatchObject({
      sampleRate: 360,
      channelNames: ['MLII', 'signal 1'],
      units: ['mV', 'uV'],
      header: { comments: ['69 M'] },
    });
  });

  it('reads several files, and several samples a frame', async () => {
    const head = 'r 2 100 2\na.dat 16x2 1/mV\nb.dat 16x2 1/mV\n';
    const files = {
      'r.hea': head,
      'a.dat': new Uint8Array(Int16Array.of(1, 2, 3, 4).buffer),
      'b.dat': new Uint8Array(Int16Array.of(5, 6, 7, 8).buffer),
    };
    const record = await readWfdb(source(files), 'r.hea');
    expect([...record.data]).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(record.sampleRate).toBe(200);
  });

  it.each([
    [
      'ecg.dat, signal 0: expected samples with the checksum 7',
      header([7, sums[1]!]),
      pack212(interleaved),
    ],
    ['it is cut short', header(sums), pack212(interleaved).subarray(0, 8)],
    [
      'signals of one file must have one format and rate, got 212x1 and 16x1',
      header(sums).replace('dat 212 100', 'dat 16 100'),
      pack212(interleaved),
    ],
  ])('says: %s', async (message, text, bytes) => {
    const reading = readWfdb(source({ 'ecg.hea': text, 'ecg.dat': bytes }), 'ecg');
    await expect(reading).rejects.toThrow(SignalError);
    await expect(reading).rejects.toThrow(message);
  });

  it('names a file that is missing', async () => {
    await expect(readWfdb(source({ 'ecg.hea': header(sums) }), 'ecg')).rejects.toThrow(
      'ecg.dat: is not there',
    );
  });
});
