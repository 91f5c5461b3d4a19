import { ConvnetError } from '@convnet/tensor-core';
import { describe, expect, it } from 'vitest';
import { randomSplit } from '../dataset/split.ts';
import { FileError, SignalError, WavError } from '../errors.ts';
import type { FileSource } from '../files/file-source.ts';
import { readRecording, recordingFolder, recordingList } from './recording-folder.ts';
import { recordingOf } from './recording.ts';
import { wavFile } from './testing/wav-file.ts';
import { WindowDataset } from './windows.ts';

const files = (content: Readonly<Record<string, Uint8Array | string>>): FileSource => ({
  name: 'recordings',
  list: () => Promise.resolve(Object.keys(content)),
  read: (path) => {
    const found = content[path]!;
    return Promise.resolve(typeof found === 'string' ? new TextEncoder().encode(found) : found);
  },
});

const tone = (length: number, rate: number): Float32Array =>
  Float32Array.from({ length }, (_, i) => 0.5 * Math.sin((2 * Math.PI * 50 * i) / rate));

describe('readRecording', () => {
  it('reads WAV and CSV, one channel or all, at one rate', () => {
    const stereo = wavFile([tone(800, 8000), new Float32Array(800)], 8000);
    const recording = readRecording(stereo, 'a.wav');
    expect(recording).toMatchObject({ shape: [2, 800], sampleRate: 8000 });
    const mono = readRecording(stereo, 'a.wav', { mono: true, sampleRate: 4000 });
    expect(mono).toMatchObject({ shape: [1, 400], sampleRate: 4000 });
    // Half as loud, with every second sample, but for the ends.
    for (let i = 50; i < 350; i++) expect(mono.data[i]).toBeCloseTo(recording.data[2 * i]! / 2, 3);
    const csv = new TextEncoder().encode('x,y\n1,2\n3,4\n');
    expect([...readRecording(csv, 'a.csv', { mono: true }).data]).toEqual([1.5, 3.5]);
  });

  it('tells of interrupted WAV files, or refuses them', () => {
    const whole = wavFile([tone(100, 8000)], 8000);
    const warnings: Error[] = [];
    const cut = readRecording(whole.subarray(0, 144), 'a.wav', {
      onWarning: (warning) => warnings.push(warning),
    });
    expect(cut.shape).toEqual([1, 50]);
    expect(warnings.map(({ message }) => message)).toEqual([
      "a.wav: the 'data' chunk announces 200 bytes, the file has 100 left",
    ]);
    expect(() => readRecording(whole.subarray(0, 144), 'a.wav', { strict: true })).toThrow(
      WavError,
    );
  });

  it.each([
    ['a.csv: the file is empty', '', {}],
    ['neither', 'x\0y', {}],
    ['values of channel 1 are missing (NaN), the first at 0', 'x,y\n1,\n2,3\n', {}],
    ['its own sample rate is not known', 'x\n1\n', { sampleRate: 100 }],
  ])('says: %s', (message, text, options) => {
    expect(() => readRecording(new TextEncoder().encode(text), 'a.csv', options)).toThrow(
      SignalError,
    );
    expect(() => readRecording(new TextEncoder().encode(text), 'a.csv', options)).toThrow(message);
  });

  it('refuses a WAV file without samples', () => {
    expect(() => readRecording(wavFile([new Float32Array(0)], 8000), 'a.wav')).toThrow(
      'has no samples',
    );
  });
});

describe('folders and lists of recordings', () => {
  const content = {
    'off/1.wav': wavFile([tone(10, 8000)], 8000),
    'on/a.csv': 'x\n1\n2\n',
    'on/b.wav': wavFile([tone(12, 8000)], 8000),
    'labels.csv': 'file,state,load\non/b.wav,on,0.5\noff/1.wav,off,0\n',
  };

  it('are read when asked for', async () => {
    const set = await recordingFolder(files(content), { transform: ({ shape }) => shape[1] });
    expect(set.classes).toEqual(['off', 'on']);
    expect(await set.get(2)).toEqual([12, 1]);
    const list = await recordingList(files(content), { targets: ['load'] });
    expect(await list.get(0)).toMatchObject([
      { shape: [1, 12], sampleRate: 8000 },
      Float32Array.of(0.5),
    ]);
    await expect(recordingFolder(files({ 'x.wav': '' }))).rejects.toThrow(FileError);
    await expect(recordingFolder(files(content), { rate: 8000 } as never)).rejects.toThrow(
      "no option 'rate'",
    );
  });
});

describe('WindowDataset', () => {
  const counting = (length: number) =>
    recordingOf([
      Float32Array.from({ length }, (_, i) => i),
      Float32Array.from({ length }, (_, i) => -i),
    ]);
  const contents = (set: WindowDataset): number[][] =>
    Array.from({ length: set.length }, (_, i) => [...set.get(i)[0].data]);

  it('cuts with and without overlap, and drops or pads the rest', () => {
    const one = [{ recording: counting(5), label: 3 }];
    expect(contents(new WindowDataset(one, { length: 2 }))).toEqual([
      [0, 1, -0, -1],
      [2, 3, -2, -3],
    ]);
    expect([...new WindowDataset(one, { length: 3, hop: 1 }).starts]).toEqual([0, 1, 2]);
    const padded = new WindowDataset(one, { length: 3, hop: 2, rest: 'pad' });
    expect([...padded.starts]).toEqual([0, 2]);
    expect(contents(new WindowDataset(one, { length: 4, rest: 'pad' }))[1]).toEqual([
      4, 0, 0, 0, -4, 0, 0, 0,
    ]);
    expect([...padded.labels]).toEqual([3, 3]);
  });

  it('labels windows by their samples, or by a function', () => {
    const sampled = [{ recording: counting(6), label: [0, 0, 1, 1, 1, 2] }];
    expect([...new WindowDataset(sampled, { length: 3 }).labels]).toEqual([0, 1]);
    const chosen = new WindowDataset(sampled, {
      length: 2,
      labelOf: (_, start, end) => (start === 2 ? null : end),
    });
    expect([...chosen.labels]).toEqual([2, 6]);
    expect([...chosen.starts]).toEqual([0, 4]);
  });

  it('knows the recording of a window, so that none is trained on and tested with', () => {
    const recordings = Array.from({ length: 9 }, (_, i) => ({
      recording: counting(20 + i),
      label: i % 3,
      name: `day ${i}`,
    }));
    const set = new WindowDataset(recordings, { length: 8, hop: 2, classes: ['a', 'b', 'c'] });
    expect(set.nameOf(8)).toBe('day 1 from sample 2');
    const parts = randomSplit(set, [0.6, 0.4], { groups: set.groups, stratify: true });
    const seen = parts.map(
      (part) => new Set(Array.from({ length: part.length }, (_, i) => part.nameOf!(i).slice(0, 5))),
    );
    expect([...seen[0]!].some((name) => seen[1]!.has(name))).toBe(false);
    expect(seen[0]!.size + seen[1]!.size).toBe(9);
  });

  it.each([
    ['expected a recording of at least 9 samples, the longest of 1 has 4', { length: 9 }, 0],
    ['expected length as an integer ≥ 1, got 0', { length: 0 }, 0],
    ['expected hop as an integer ≥ 1, got 0.5', { length: 1, hop: 0.5 }, 0],
    ['expected a label for each of 4 samples, got 2', { length: 1 }, [1, 2]],
  ])('says: %s', (message, options, label) => {
    const one = [{ recording: counting(4), label }];
    expect(() => new WindowDataset(one, options)).toThrow(ConvnetError);
    expect(() => new WindowDataset(one, options)).toThrow(message);
  });
});
