import { describe, expect, it } from 'vitest';
import { DatasetError, SignalError } from '../../errors.ts';
import { parseCsvRecording, parseCsvSeries } from '../csv-series.ts';
import { parseArff } from './parse-arff.ts';
import { parseTs } from './parse-ts.ts';
import { parseUcrTsv } from './parse-tsv.ts';
import { SeriesDataset } from './series-dataset.ts';
import type { SeriesFile } from './series-file.ts';

const shapes = ({ series }: SeriesFile): unknown[] => series.map(({ shape }) => shape);
const values = ({ series }: SeriesFile): number[][] => series.map(({ data }) => [...data]);

describe('parseTs', () => {
  it('reads series of one channel', () => {
    const file = parseTs(
      '#about\n%more\n@problemName Toy\n@timeStamps false\n@univariate true\n@equalLength true\n@seriesLength 3\n' +
        '@classLabel true left right\n@data\n1,2.5,-3e1:left\n4,?,NaN:right\n',
    );
    expect(file.name).toBe('Toy');
    expect(values(file)).toEqual([
      [1, 2.5, -30],
      [4, Number.NaN, Number.NaN],
    ]);
    expect(file.labels).toEqual(['left', 'right']);
    expect(file.classes).toEqual(['left', 'right']);
  });

  it('reads several channels of unequal lengths', () => {
    const file = parseTs(
      '@univariate false\r\n@dimensions 2\r\n@equalLength false\r\n@classLabel true 1 2\r\n@data\r\n1,2,3:4,5:1\r\n6:7:2\r\n',
    );
    expect(shapes(file)).toEqual([
      [2, 3],
      [2, 1],
    ]);
    expect(values(file)[0]).toEqual([1, 2, 3, 4, 5, Number.NaN]);
  });

  it('reads values with time stamps, whose colons separate nothing', () => {
    const file = parseTs(
      '@timeStamps True\n@univariate true\n@classLabel true 1 2\n@data\n' +
        '(2007-01-01 00:00:00,241.97),(2007-01-01 00:01:00,241.75):1\n(0,7),(1,?):2\n',
    );
    expect(values(file)).toEqual([[...Float32Array.of(241.97, 241.75)], [7, Number.NaN]]);
  });

  it('reads numbers to predict, in the older spelling too', () => {
    const file = parseTs(
      '@problemname Covid\n@timestamps false\n@univariate true\n@targetlabel true\n@data\n1,2:0.05\n',
    );
    expect(file.labels).toBeNull();
    expect(file.targets).toEqual(Float32Array.of(0.05));
  });

  it('reads a file without labels', () => {
    expect(parseTs('@univariate true\n@classLabel false\n@data\n1,2\n').labels).toBeNull();
  });

  const head = '@univariate true\n@classLabel true a b\n@data\n';
  it.each([
    ["line 4: expected a number as value 1 of channel 0, got 'x'", `${head}1,x:a\n`],
    ["line 4: expected a label of a, b, got 'c'", `${head}1,2:c\n`],
    ['line 4: expected a label behind the last colon', `${head}1,2\n`],
    ['line 4: expected 1 channels, got 2', `${head}1,2:3,4:a\n`],
    ["expected a line '@data', found the end of the file", '@univariate true\n'],
    ["there is no case behind '@data'", head],
    ["line 1: expected @ and a word of the header, got '1,2:a'", '1,2:a\n'],
    ["line 1: expected true or false behind @univariate, got 'maybe'", '@univariate maybe\n'],
    ["line 1: expected a whole number behind @dimensions, got '0'", '@dimensions 0\n'],
    [
      'line 5: expected 2 values, as the header says, got 1',
      '@equalLength true\n@seriesLength 2\n@classLabel true a\n@data\n1:a\n',
    ],
    ["got '0;1'", '@timeStamps true\n@classLabel true a\n@data\n(0;1):a\n'],
  ])('says: %s', (message, text) => {
    expect(() => parseTs(text, 'Toy_TRAIN.ts')).toThrow(SignalError);
    expect(() => parseTs(text, 'Toy_TRAIN.ts')).toThrow(message);
  });
});

describe('parseUcrTsv', () => {
  it('reads the label first, by tabs, commas or spaces, and cuts the padding off', () => {
    const file = parseUcrTsv('2\t1\t2\t3\n-1\t4\tNaN\tNaN\n');
    expect(values(file)).toEqual([[1, 2, 3], [4]]);
    expect(file.classes).toEqual(['-1', '2']);
    const old = parseUcrTsv('  1.0000000e+00   0.5  NaN  1.5\n10,1,2,3\n');
    expect(old.labels).toEqual(['1', '10']);
    expect(values(old)[0]).toEqual([0.5, Number.NaN, 1.5]);
  });

  it.each([
    ["line 1: expected a number as value 1, got 'x'", '1\t2\tx\n'],
    ["line 1: expected values behind the label '1', got none", '1\n'],
    ['there is no case in the file', '\n\n'],
  ])('says: %s', (message, text) => {
    expect(() => parseUcrTsv(text)).toThrow(message);
  });
});

describe('parseArff', () => {
  it('reads one channel', () => {
    const file = parseArff(
      "% about\n@relation 'Gun Point'\n@attribute att0 numeric\n@attribute att1 numeric\n@attribute target {1,2}\n@data\n1,2,1\n?,4,2\n",
    );
    expect(file.name).toBe('Gun Point');
    expect(values(file)).toEqual([
      [1, 2],
      [Number.NaN, 4],
    ]);
    expect(file.classes).toEqual(['1', '2']);
  });

  it('reads several channels in a relational attribute', () => {
    const file = parseArff(
      '@relation Moves\n@attribute relationalAtt relational\n@attribute att0 numeric\n@end relationalAtt\n' +
        '@attribute activity {Standing,Running}\n@data\n\'1,2\\n3,4\\n5\',Running\n"6\\n7\\n8",Standing\n',
    );
    expect(shapes(file)).toEqual([
      [3, 2],
      [3, 1],
    ]);
    expect(values(file)[0]).toEqual([1, 2, 3, 4, 5, Number.NaN]);
    expect(file.labels).toEqual(['Running', 'Standing']);
  });

  const head = '@relation r\n@attribute a numeric\n@attribute c {x,y}\n@data\n';
  it.each([
    ["line 5: expected a class of x, y, got 'z'", `${head}1,z\n`],
    ["line 5: expected a number as value 0 of channel 0, got 'q'", `${head}q,x\n`],
    ['line 5: expected values in front of the class', `${head}x\n`],
    ['found the end of the file', '@relation r\n'],
    ['line 1: expected @', 'hello\n'],
    ['expected the channels in quotes', '@attribute a relational\n@data\n1,2,x\n'],
  ])('says: %s', (message, text) => {
    expect(() => parseArff(text)).toThrow(message);
  });
});

describe('CSV', () => {
  it('has one series a row', () => {
    const text = 'id,t0,t1,t2,t3,class\n7,1,2,3,4,b\n8,5,6,7,,a\n';
    const file = parseCsvSeries(text, 'x.csv', { skip: ['id'] });
    expect(values(file)).toEqual([
      [1, 2, 3, 4],
      [5, 6, 7, Number.NaN],
    ]);
    expect(file.classes).toEqual(['a', 'b']);
    const channels = parseCsvSeries('1;2;3;4;0.5\n', 'x.csv', {
      header: false,
      channels: 2,
      target: 4,
    });
    expect(shapes(channels)).toEqual([[2, 2]]);
    expect(channels.targets).toEqual(Float32Array.of(0.5));
    expect(parseCsvSeries('1,2\n', 'x.csv', { header: false, label: null }).labels).toBeNull();
  });

  it('has one recording a file', () => {
    const recording = parseCsvRecording('time,x,y\n0,1,2\n0.01,3,\n0.02,5,6\n', 'x.csv', {
      time: 'time',
    });
    expect(recording.shape).toEqual([2, 3]);
    expect([...recording.data]).toEqual([1, 3, 5, 2, Number.NaN, 6]);
    expect(recording.sampleRate).toBeCloseTo(100, 9);
    expect(recording.channelNames).toEqual(['x', 'y']);
    const plain = parseCsvRecording('1\n2\n', 'x.csv', { header: false, sampleRate: 50 });
    expect(plain).toMatchObject({ shape: [1, 2], sampleRate: 50 });
  });

  it.each([
    ["line 2, column 'y': expected a number, got 'high'", () => parseCsvRecording('x,y\n1,high\n')],
    [
      "expected a column 'z', the columns are x, y",
      () => parseCsvRecording('x,y\n1,2\n', 'f', { columns: ['z'] }),
    ],
    ['expected times that grow', () => parseCsvRecording('t,y\n2,2\n1,2\n', 'f', { time: 't' })],
    ['there is no row in the file', () => parseCsvRecording('x,y\n')],
    ['line 2: expected a label, got none', () => parseCsvSeries('x,c\n1,\n')],
    [
      'expected columns for 2 channels',
      () =>
        parseCsvSeries(
          'a,b,c\n1,2,x\n3,4,y\n'
            .replace('a,b', 'a,b,d')
            .replace('1,2', '1,2,3')
            .replace('3,4', '3,4,5'),
          'f',
          { channels: 2 },
        ),
    ],
  ])('says: %s', (message, read) => {
    expect(read).toThrow(SignalError);
    expect(read).toThrow(message);
  });
});

describe('SeriesDataset', () => {
  const text = '1\t1\tNaN\t3\tNaN\t5\n2\t1\t2\t3\t4\t5\n';

  it('has series and labels', () => {
    const set = new SeriesDataset(parseUcrTsv('b\t1\t2\na\t3\t4\n'));
    expect(set.classes).toEqual(['a', 'b']);
    expect([...set.labels!]).toEqual([1, 0]);
    expect(set.get(1)).toEqual([{ data: Float32Array.of(3, 4), shape: [1, 2] }, 0]);
    expect(set.nameOf(1)).toBe('series, case 1');
    expect(() => set.get(2)).toThrow('expected a sample index from 0 to 1');
  });

  it('treats missing values as chosen', () => {
    const file = parseUcrTsv(text, 'gun.tsv');
    expect(() => new SeriesDataset(file, { source: 'gun.tsv' })).toThrow(
      'gun.tsv, case 0: 2 of 5 values of channel 0 are missing (NaN), the first at 1',
    );
    const filled = (missing: 'keep' | 'interpolate' | number) => [
      ...new SeriesDataset(file, { missing }).get(0)[0].data,
    ];
    expect(filled('interpolate')).toEqual([1, 2, 3, 4, 5]);
    expect(filled(0)).toEqual([1, 0, 3, 0, 5]);
    expect(filled('keep')).toEqual([1, Number.NaN, 3, Number.NaN, 5]);
    // The file is not changed.
    expect(file.series[0]!.data[1]).toBeNaN();
    const ends = parseTs('@univariate true\n@classLabel true a\n@data\n?,2,?:a\n');
    expect([...new SeriesDataset(ends, { missing: 'interpolate' }).get(0)[0].data]).toEqual([
      2, 2, 2,
    ]);
    const all = parseTs('@univariate true\n@classLabel true a\n@data\n?,?:a\n');
    expect(() => new SeriesDataset(all, { missing: 'interpolate' })).toThrow(
      'all 2 values of channel 0',
    );
    expect(() => new SeriesDataset(file, { missing: 'zero' as never })).toThrow("got 'zero'");
  });

  it('takes the class list of another set, and refuses labels that it lacks', () => {
    const file = parseUcrTsv('b\t1\t2\n');
    expect([...new SeriesDataset(file, { classes: ['a', 'b'] }).labels!]).toEqual([1]);
    expect(() => new SeriesDataset(file, { classes: ['a'] })).toThrow(DatasetError);
    expect(() => new SeriesDataset({ ...file, labels: null })).toThrow(
      'neither labels nor numbers',
    );
    const regression = new SeriesDataset<never, Float32Array>({
      ...file,
      labels: null,
      targets: Float32Array.of(2.5),
    });
    expect(regression.get(0)[1]).toEqual(Float32Array.of(2.5));
  });
});
