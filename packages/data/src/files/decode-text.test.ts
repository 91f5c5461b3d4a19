import { describe, expect, test } from 'vitest';

import {
  parseArff,
  parseCsvRecording,
  parseCsvSeries,
  parseTs,
  parseUcrTsv,
  readRecording,
  readWfdb,
} from '../signal.ts';
import { parseCoco } from '../detection.ts';
import { readFileList } from './file-list.ts';
import { decodeText, isBinary } from './decode-text.ts';

/** As Excel and PowerShell (16 bits, little end first) and others write texts. */
function encoded(text: string, encoding: string): Uint8Array {
  const little = Buffer.from(text, 'utf16le');
  const marked = Buffer.from(`\ufeff${text}`, 'utf16le');
  const forms: Record<string, Uint8Array> = {
    'UTF-8': Buffer.from(text),
    'UTF-8 with a mark': Buffer.from(`\ufeff${text}`),
    'UTF-16 LE with a mark': marked,
    'UTF-16 BE with a mark': Buffer.from(marked).swap16(),
    'UTF-16 LE': little,
    'UTF-16 BE': Buffer.from(little).swap16(),
  };
  return Uint8Array.from(forms[encoding]!);
}

const encodings = ['UTF-8', 'UTF-8 with a mark', 'UTF-16 LE with a mark'].concat([
  'UTF-16 BE with a mark',
  'UTF-16 LE',
  'UTF-16 BE',
]);

describe.each(encodings)('%s', (encoding) => {
  test.each(['path,label\na.wav,Süd\n', '1,2\n', '1\t2.5\r\n-3e5\t4\r\n'])('%j', (text) => {
    expect(decodeText(encoded(text, encoding))).toBe(text);
    expect(isBinary(encoded(text, encoding))).toBe(false);
  });

  test('a recording', () => {
    const { data, shape } = readRecording(encoded('a,b\n1,2\n3,4\n5,6\n', encoding), 'x.csv', {
      csv: { header: true },
    });
    expect(shape).toEqual([2, 3]);
    expect([...data]).toEqual([1, 3, 5, 2, 4, 6]);
  });

  test('a list of files', async () => {
    const read = (): Promise<Uint8Array> =>
      Promise.resolve(encoded('path\tlabel\na.wav\tx\nb.wav\ty\n', encoding));
    const list = (): Promise<string[]> => Promise.resolve(['a.wav', 'b.wav', 'labels.csv']);
    const { files, classes } = await readFileList({ name: 'here', list, read });
    expect([files, classes]).toEqual([
      ['a.wav', 'b.wav'],
      ['x', 'y'],
    ]);
  });

  test('a header of PhysioNet', async () => {
    const header = encoded('r 1 250 2\nr.dat 16 100 16 0 1 3 0 I\n', encoding);
    const samples = Uint8Array.of(1, 0, 2, 0);
    const read = (path: string): Promise<Uint8Array> =>
      Promise.resolve(path === 'r.hea' ? header : samples);
    const list = (): Promise<string[]> => Promise.resolve(['r.hea', 'r.dat']);
    const { sampleRate, shape } = await readWfdb({ name: 'here', list, read }, 'r');
    expect([sampleRate, shape]).toEqual([250, [1, 2]]);
  });
});

test.each([
  ['zeros', new Uint8Array(600)],
  ['numbers of 32 bits', new Uint8Array(Int32Array.from([1, 2, 300, 4]).buffer)],
  ['a picture', Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10, 0, 0, 0, 13)],
])('%s are no text', (_, bytes) => expect(isBinary(bytes)).toBe(true));

describe('the mark of UTF-8 in front of a text that was decoded with it', () => {
  const mark = '\ufeff';
  test.each([
    ['rows', () => parseCsvSeries(`${mark}1,2,a\n3,4,b\n`, 'x', { header: false })],
    [
      '.ts',
      () =>
        parseTs(
          `${mark}@problemName x\n@univariate true\n@equalLength true\n@seriesLength 2\n@classLabel true a b\n@data\n1,2:a\n3,4:b\n`,
          'x',
        ),
    ],
    ['.tsv', () => parseUcrTsv(`${mark}a\t1\t2\nb\t3\t4\n`, 'x')],
    [
      '.arff',
      () =>
        parseArff(
          `${mark}@relation x\n@attribute t0 numeric\n@attribute t1 numeric\n@attribute c {a,b}\n@data\n1,2,a\n3,4,b\n`,
          'x',
        ),
    ],
  ] as const)('%s', (_, parse) => {
    const { series, labels } = parse();
    expect(series.map(({ data }) => [...data])).toEqual([
      [1, 2],
      [3, 4],
    ]);
    expect(labels).toEqual(['a', 'b']);
  });

  test('boxes of COCO', () => {
    const text = `${mark}{ "images": [], "annotations": [], "categories": [{ "id": 1, "name": "a" }] }`;
    expect(parseCoco(text, 'x').classes).toEqual(['a']);
  });

  test('a recording', () => {
    expect([...parseCsvRecording(`${mark}1\n2\n`, 'x', { header: false }).data]).toEqual([1, 2]);
  });
});
