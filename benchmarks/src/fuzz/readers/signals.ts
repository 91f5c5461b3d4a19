import type { FileSource } from '@convnet/data';
import {
  parseArff,
  parseCsvRecording,
  parseCsvSeries,
  parseTs,
  parseUcrTsv,
  parseWav,
  readWfdb,
} from '@convnet/data/signal';

import type { Reader } from '../reader.ts';
import { textReader, utf8 } from './texts.ts';

/** A WAV file of PCM. */
function wav(channels: number, bits: number): Uint8Array {
  const data = new Uint8Array(channels * (bits / 8) * 8);
  const file = new Uint8Array(44 + data.length);
  const view = new DataView(file.buffer);
  const text = (at: number, value: string): void => file.set(utf8(value), at);
  text(0, 'RIFF');
  view.setUint32(4, 36 + data.length, true);
  text(8, 'WAVEfmt ');
  view.setUint32(16, 16, true);
  view.setUint16(20, 1, true);
  view.setUint16(22, channels, true);
  view.setUint32(24, 8000, true);
  view.setUint32(28, 8000 * channels * (bits / 8), true);
  view.setUint16(32, channels * (bits / 8), true);
  view.setUint16(34, bits, true);
  text(36, 'data');
  view.setUint32(40, data.length, true);
  return file;
}

const tsFiles = [
  '@problemName Gun\n@timeStamps false\n@missing false\n@univariate true\n@equalLength true\n@seriesLength 4\n' +
    '@classLabel true 1 2\n@data\n1.5,2,-3e2,0.25:1\n4,5,6,7:2\n',
  '# two channels, gaps\n@problemName Two\n@timestamps false\n@univariate false\n@dimension 2\n@equalLength false\n' +
    '@targetlabel true\n@data\n1,?,3:4,5,6:0.5\n7,8:9,NaN:-1.25\n',
  '@problemName Times\n@timeStamps true\n@univariate true\n@classLabel true a b\n@data\n(0,1.5),(1,2.5),(3,?):a\n(0,1),(2,1):b\n',
];

const arffFiles = [
  '% a comment\n@RELATION Gun\n@ATTRIBUTE att0 NUMERIC\n@ATTRIBUTE att1 NUMERIC\n@ATTRIBUTE target {1,2}\n@DATA\n1.5,-2,1\n?,4e-1,2\n',
  "@relation Two\n@attribute channels relational\n@attribute t0 numeric\n@attribute t1 numeric\n@end channels\n@attribute class {a,'b c'}\n" +
    "@data\n'1,2\\n3,4',a\n'5,?\\n7,8','b c'\n",
];

/** Headers without checksums, which would refuse nearly all, each with as many bytes of samples as it needs. */
const wfdbFiles: readonly (readonly [header: string, samples: number])[] = [
  ['r 2 360 4\nr.dat 212 200 11 1024\nr.dat 212 200(0)/mV 11 0\n# 69 M', 12],
  ['r 1 100/50 6 12:00:00\nr.dat 16+2 1000.5(-7)/uV 16 0', 14],
  ['r 2 250\nr.dat 80 100 8 0\nr.dat 80 100 8 0', 12],
];

function wfdb([header, samples]: (typeof wfdbFiles)[number]): Uint8Array {
  const head = utf8(`${header}\n\n`);
  const file = new Uint8Array(head.length + samples);
  file.set(head);
  for (let i = head.length; i < file.length; i++) file[i] = 37 * i;
  return file;
}

/** Gives the header for the header, and the samples for whatever file it names. */
function wfdbFolder(bytes: Uint8Array): FileSource {
  const end = bytes.findIndex((byte, i) => byte === 10 && bytes[i + 1] === 10);
  const at = end < 0 ? bytes.length : end;
  return {
    name: 'records',
    list: () => Promise.resolve(['r.hea', 'r.dat']),
    read: (path) =>
      Promise.resolve(path === 'r.hea' ? bytes.subarray(0, at) : bytes.subarray(at + 2)),
  };
}

export const signalReaders: readonly Reader[] = [
  {
    name: 'wav',
    seeds: () => [wav(1, 8), wav(2, 16), wav(1, 24)],
    read: (bytes) => parseWav(bytes),
  },
  textReader('ts', tsFiles, (text) => parseTs(text)),
  textReader('tsv', ['1\t0.5\t-2e3\tNaN\n2\t1\t2\t3\n', '1,2,3\n-1,4,5\n'], (text) =>
    parseUcrTsv(text),
  ),
  textReader('arff', arffFiles, (text) => parseArff(text)),
  textReader('csv', ['a,b,label\n1,2,x\n3,"4",y\n', 't;v\n0;1.5\n1;"2"\n'], (text) =>
    parseCsvSeries(text),
  ),
  textReader('csv-recording', ['a,b\n1,2\n3,"4"\n', 't;v\n0;1.5\n1;\n'], (text) =>
    parseCsvRecording(text),
  ),
  {
    name: 'wfdb',
    seeds: () => wfdbFiles.map(wfdb),
    read: (bytes) => readWfdb(wfdbFolder(bytes), 'r'),
  },
];
