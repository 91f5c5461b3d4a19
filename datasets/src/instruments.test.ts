import { classCounts } from '@convnet/data';
import { describe, expect, it } from 'vitest';
import { openPackage } from './checked-folder.ts';
import type { DataSplit } from './data-split.ts';
import { instruments, instrumentsSource, splitNotes } from './instruments.ts';

let loaded: Promise<DataSplit> | undefined;
const load = (): Promise<DataSplit> => (loaded ??= instruments());

describe('instruments', () => {
  it('has as many windows of each instrument', async () => {
    const { train, test } = await load();
    expect(train.inputShape).toEqual([1, 1024]);
    expect(train.classes).toEqual([
      'cello',
      'contrabass',
      'flute',
      'guitar-electric',
      'saxophone',
      'trumpet',
      'xylophone',
    ]);
    expect(classCounts(train)).toEqual(Array(7).fill(512));
    expect(classCounts(test)).toEqual(Array(7).fill(128));
  });

  it('has windows of mean 0 and root mean square 1 that differ from each other', async () => {
    const { train, test } = await load();
    const starts = new Set<string>();
    for (const dataset of [train, test]) {
      const window = new Float32Array(1024);
      for (let i = 0; i < dataset.length; i++) {
        dataset.fill(Int32Array.of(i), window, new Int32Array(1));
        const mean = window.reduce((a, b) => a + b, 0) / 1024;
        const rms = Math.sqrt(window.reduce((a, b) => a + b * b, 0) / 1024);
        expect(Math.abs(mean)).toBeLessThan(1e-3);
        expect(Math.abs(rms - 1)).toBeLessThan(1e-3);
        starts.add(window.subarray(0, 8).join(' '));
      }
    }
    expect(starts.size).toBe(train.length + test.length);
  });

  it('tests on whole notes that do not train', () => {
    const expected = [9, 3, 2, 4, 8, 3, 2];
    const found = Object.entries(instrumentsSource.packages).map(([name, version]) => {
      const { train, test } = splitNotes(openPackage(name, version).files);
      expect(train.filter((note) => test.includes(note))).toEqual([]);
      expect(train.length).toBeGreaterThanOrEqual(6);
      return test.length;
    });
    expect(found).toEqual(expected);
  });

  it('sorts notes by pitch and leaves second takes out', () => {
    const files = ['A4.wav', 'C4.wav', 'As3.wav', 'F2 v2.wav', 'Cs4.wav', 'A3.wav', 'README.md'];
    expect(splitNotes(files)).toEqual({
      train: ['A3.wav', 'As3.wav', 'Cs4.wav', 'A4.wav'],
      test: ['C4.wav'],
    });
  });
});
