import { ConvnetError } from '@convnet/tensor-core';
import { alsoTakes, describePublicCalls, named, type Samples } from '@convnet/testing';
import { join } from 'node:path';
import { describe } from 'vitest';
import * as signal from '../signal.ts';
import { wavFile } from './testing/wav-file.ts';
import {
  random,
  Shaped,
  Files,
  bytesOf,
  source,
  fileBytes,
  stream,
  step,
  composing,
  resampling,
  parseWav,
  listing,
  listedFiles,
  folder,
} from '../testing/public-call-samples.ts';

const recording = (): Shaped => new Shaped(2, 64);

const spectrum = (): Shaped => new Shaped(2, 8, 8);

const signalStep = (...args: unknown[]): Samples[string] =>
  step(() => args, recording, 'recording', stream);

const spectrumStep = (args: object, ...chance: (() => unknown)[]): Samples[string] =>
  step(() => [args], spectrum, 'spectrum', ...chance);

const filter = { sampleRate: 100, zeroPhase: true };

const spectra = {
  nFft: 16,
  winLength: 16,
  hopLength: 8,
  pad: 1,
  window: 'hann',
  power: 2,
  normalized: true,
  center: true,
  padMode: 'reflect',
};

const missing = (): unknown => alsoTakes('keep', 'number');

const column = (): unknown => alsoTakes('a', 'any string', 'number');

const csvText = 'time,a,b\n0,1,x\n1,2,y\n';

const delimiter = (): unknown => alsoTakes(',', 'any string');

const csvRecording = {
  header: true,
  columns: ['a'],
  time: alsoTakes('time', 'any string', 'number'),
  sampleRate: 1,
  delimiter: delimiter(),
};

const reading = {
  sampleRate: alsoTakes(undefined, 'number'),
  mono: true,
  missing: missing(),
  csv: csvRecording,
  strict: true,
  onWarning: () => undefined,
};

const recordings = (): unknown => named('recordings', [new Labelled()]);

class Labelled {
  readonly recording = recording();
  readonly label = 0;
}

const text = (content: string): unknown => alsoTakes(content, 'any string');

const hea = '100 2 360 2\n100.dat 16 200 11 0 1 0 0 a\n100.dat 16 200 11 0 1 0 0 b\n';

const ts = '@problemName p\n@classLabel true a b\n@data\n1,2,3:a\n2,3,4:b\n';

const wav = wavFile([Float32Array.of(0, 0.5)], 100);

const recordingFiles = (): Files => new Files({ 'a/1.wav': wav, 'b/2.wav': wav });

const signalSamples: Samples = {
  ...composing,
  ...resampling,
  parseWav,
  parseCsvRecording: () => [text(csvText), source(), csvRecording],
  parseCsvSeries: () => [
    text(csvText),
    source(),
    {
      header: true,
      label: alsoTakes('b', 'any string', 'number', 'null'),
      target: alsoTakes(undefined, 'any string', 'string', 'number'),
      skip: [column()].map(() => 'a'),
      channels: 1,
      delimiter: delimiter(),
    },
  ],
  treatMissing: () => [recording(), missing(), source()],
  recordingOf: () => [[[1, 2]], alsoTakes(new Shaped(1), 'object')],
  readRecording: () => [fileBytes(bytesOf(csvText)), source(), reading],
  recordingFolder: () => [
    folder(recordingFiles),
    { ...reading, transform: () => 1, classes: ['a', 'b'] },
  ],
  recordingList: () => [folder(listedFiles), { ...reading, transform: () => 1, ...listing }],
  parseArff: () => [
    text('@relation r\n@attribute x numeric\n@attribute c {a,b}\n@data\n1,a\n2,b\n'),
    source(),
  ],
  parseTs: () => [text(ts), source()],
  parseUcrTsv: () => [text('1\t2\t3\n2\t3\t4\n'), source()],
  SeriesDataset: {
    make: () => [
      alsoTakes(new Series()),
      {
        classes: ['a', 'b'],
        missing: missing(),
        transform: () => 1,
        source: alsoTakes('a file', 'any string'),
      },
    ],
    methods: { get: () => [0, stream()], nameOf: () => [0] },
  },
  parseWfdbHeader: () => [text(hea), source()],
  readWfdb: () => [
    folder(() => new Files({ '100.hea': bytesOf(hea), '100.dat': new Uint8Array(8) })),
    alsoTakes('100', 'any string'),
  ],
  WindowDataset: {
    make: () => [
      recordings(),
      {
        length: 4,
        hop: 2,
        rest: 'pad',
        labelOf: () => 0,
        classes: ['a'],
        transform: () => 1,
      },
    ],
    methods: { get: () => [0, stream()], nameOf: () => [0] },
  },
  bandPass: signalStep({ ...filter, order: 2, low: 1, high: 20 }),
  bandStop: signalStep({ ...filter, order: 2, low: 1, high: 20 }),
  highPass: signalStep({ ...filter, order: 2, frequency: 10 }),
  lowPass: signalStep({ ...filter, order: 2, frequency: 10 }),
  notch: signalStep({ ...filter, frequency: 10, quality: 30 }),
  centerCrop: signalStep(8),
  channelDrop: signalStep({ probability: 0.5 }),
  jitter: signalStep({ std: 1 }),
  magnitudeWarp: signalStep({ std: 0.1, knots: 2 }),
  minMax: signalStep({ perChannel: true, range: [0, 1] }),
  padTo: signalStep(100, { at: 'random', value: alsoTakes(0, 'NaN') }),
  randomCrop: signalStep(8),
  randomScaling: signalStep({ std: 1 }),
  randomShift: signalStep({ max: 2, fill: alsoTakes('wrap', 'number') }),
  resampleTo: signalStep(50, { from: 100 }),
  selectChannels: signalStep([0]),
  timeWarp: signalStep({ std: 0.1, knots: 2 }),
  zScore: signalStep({ perChannel: true }),
  amplitudeToDb: spectrumStep({ stype: 'power', topDb: alsoTakes(80, 'null') }),
  frequencyMasking: spectrumStep({ max: 2, count: 1, value: alsoTakes(0, 'NaN') }, random),
  timeMasking: spectrumStep({ max: 2, count: 1, value: alsoTakes(0, 'NaN') }, random),
  melSpectrogram: signalStep({
    ...spectra,
    sampleRate: 100,
    nMels: 4,
    fMin: 0,
    fMax: 50,
    norm: alsoTakes('slaney', 'null'),
    melScale: 'htk',
  }),
  spectrogram: signalStep(spectra),
};

class Series {
  readonly name = 'series';
  readonly series = [new Shaped(1, 4), new Shaped(1, 4)];
  readonly labels = ['a', 'b'];
  readonly targets = null;
  readonly classes = ['a', 'b'];
}

describe('public calls of data/signal', () => {
  describePublicCalls({
    exports: signal,
    samples: signalSamples,
    errorClass: ConvnetError,
    folder: join(import.meta.dirname, '..'),
  });
});
