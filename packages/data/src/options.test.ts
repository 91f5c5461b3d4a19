import { ConvnetError, meta } from '@convnet/tensor-core';
import { describe, expect, it } from 'vitest';

import * as detection from './detection.ts';
import * as image from './image.ts';
import * as data from './index.ts';
import * as signal from './signal.ts';

const dataset = new data.ArrayDataset({
  data: new Float32Array(4),
  labels: [0, 1],
  inputShape: [1, 2],
  classes: ['a', 'b'],
});
const files = { list: () => [], read: () => new Uint8Array(0) };
const source = { bytes: new Uint8Array(0), source: 'x' };

/** Arguments before the options of each exported function and class that takes options, and what it needs. */
const calls: Readonly<Record<string, readonly [readonly unknown[], object]>> = {
  ArrayDataset: [
    [],
    { data: new Float32Array(2), labels: [0], inputShape: [1, 2], classes: ['a'] },
  ],
  createResampler: [[1, 2], {}],
  DataLoader: [[dataset], { batchSize: 1, device: meta }],
  HostBatches: [[dataset], { batchSize: 1 }],
  idxDataset: [[source, source], { classes: ['a'] }],
  parseWav: [[new Uint8Array(0), 'x'], {}],
  randomCrop: [[], { padding: 1 }],
  randomGain: [[], { decibels: 1 }],
  randomHorizontalFlip: [[], {}],
  randomNoise: [[], { std: 1 }],
  randomRoll: [[], { max: 1 }],
  kFold: [[dataset, 2], {}],
  amplitudeToDb: [[], {}],
  bandPass: [[], { low: 1, high: 2 }],
  bandStop: [[], { low: 1, high: 2 }],
  channelDrop: [[], {}],
  frequencyMasking: [[], { max: 1 }],
  highPass: [[], { frequency: 1 }],
  jitter: [[], { std: 1 }],
  lowPass: [[], { frequency: 1 }],
  magnitudeWarp: [[], {}],
  melSpectrogram: [[], {}],
  minMax: [[], {}],
  notch: [[], { frequency: 1 }],
  padTo: [[1], {}],
  randomScaling: [[], { std: 1 }],
  randomShift: [[], { max: 1 }],
  resampleTo: [[1], {}],
  spectrogram: [[], {}],
  timeMasking: [[], { max: 1 }],
  timeWarp: [[], {}],
  zScore: [[], {}],
  parseCsvRecording: [['a\n1\n', 'x'], {}],
  parseCsvSeries: [['a,b\n1,2\n', 'x'], {}],
  readFileList: [['.'], {}],
  readRecording: [[new TextEncoder().encode('a\n1\n'), 'x'], {}],
  recordingFolder: [['.'], {}],
  recordingList: [['.'], {}],
  SeriesDataset: [[{ name: null, series: [], labels: [], targets: null, classes: [] }], {}],
  WindowDataset: [
    [[{ recording: { data: new Float32Array(2), shape: [1, 2] }, label: 0 }]],
    { length: 1 },
  ],
  cutMix: [[], { numClasses: 2 }],
  mixUp: [[], { numClasses: 2 }],
  autoAugment: [[], {}],
  colorJitter: [[], {}],
  decodeImage: [[new Uint8Array(1), 'x'], {}],
  imageFolder: [['.'], {}],
  imageList: [['.'], {}],
  pad: [[1], {}],
  randAugment: [[], {}],
  randomAffine: [[], {}],
  'image randomCrop': [[1], {}],
  randomErasing: [[], {}],
  randomGrayscale: [[], {}],
  'image randomHorizontalFlip': [[], {}],
  randomResizedCrop: [[1], {}],
  randomRotation: [[1], {}],
  randomVerticalFlip: [[], {}],
  resize: [[1], {}],
  toTensor: [[], {}],
  trivialAugmentWide: [[], {}],
  openDataset: [['data:text/javascript,'], {}],
  padCollate: [[], {}],
  DistributedSampler: [[4], { rank: 0, numReplicas: 1 }],
  RandomSampler: [[4], {}],
  WeightedRandomSampler: [[[1, 2]], {}],
  randomSplit: [[dataset, [1, 1]], {}],
  resample: [[new Float32Array(1), 1, 2], {}],
  'detection cocoDetection': [['.'], { annotations: 'x.json' }],
  'detection affine': [[], {}],
  'detection cropIntervals': [[0, 1], {}],
  'detection DetectionDataset': [[files, [], ['a']], {}],
  'detection parseCoco': [['{}', 'x'], {}],
  'detection randomAffine': [[], {}],
  'detection randomCropIntervals': [[1], {}],
  'detection randomHorizontalFlip': [[], {}],
  'detection randomReverseIntervals': [[], {}],
  'detection randomVerticalFlip': [[], {}],
  'detection crop': [[{ top: 0, left: 0, height: 1, width: 1 }], {}],
  'detection randomCrop': [[1], {}],
  'detection parseIntervals': [['file,begin,end,label\n', 'x'], {}],
  'detection vocDetection': [['.'], {}],
  'detection yoloDetection': [['.'], { classes: ['a'] }],
};

/** Whether a function, or the constructor of a class, has a parameter called options. */
function takesOptions(value: unknown): boolean {
  if (typeof value !== 'function') return false;
  const text = String(value);
  return text.startsWith('class')
    ? /constructor\([^{]*options/.test(text)
    : /^(async )?function \w+\([^)]*options/.test(text);
}

describe('options of data', () => {
  // The two that have one name take different things.
  const named = (module: object, prefix: string): [string, unknown][] =>
    Object.entries(module).map(([name, value]): [string, unknown] => {
      const known = (data as Readonly<Record<string, unknown>>)[name];
      return [known === undefined || known === value ? name : `${prefix} ${name}`, value];
    });
  // Named as the transforms of pictures are.
  const boxed = Object.entries(detection).map(([name, value]): [string, unknown] => [
    `detection ${name}`,
    value,
  ]);
  const all = new Map([
    ...named(data, ''),
    ...named(image, 'image'),
    ...named(signal, 'signal'),
    ...boxed,
  ]);
  const exported = [...all].filter(([, value]) => takesOptions(value));

  it('are all in the table', () => {
    expect(exported.map(([name]) => name).toSorted()).toEqual(Object.keys(calls).toSorted());
  });

  it.each(exported)(
    '%s refuses one that it does not have, and what are none',
    async (name, value) => {
      const [before, needed] = calls[name]!;
      // Async, so that what is thrown at once is rejected too.
      const call = async (options: unknown): Promise<unknown> =>
        String(value).startsWith('class')
          ? Reflect.construct(value as new () => object, [...before, options])
          : Reflect.apply(value as () => unknown, undefined, [...before, options]);
      await expect(call({ ...needed, notAnOption: 1 })).rejects.toThrow("no option 'notAnOption'");
      for (const options of [null, 2, 'x', []]) {
        await expect(call(options)).rejects.toThrow(ConvnetError);
      }
    },
  );
});

it('DataLoader refuses what is no data set', () => {
  const loader = data.DataLoader as unknown as new (...given: unknown[]) => object;
  for (const given of [undefined, null, 1, 'x', {}, []]) {
    expect(() => new loader(given, { batchSize: 1, device: meta })).toThrow(ConvnetError);
  }
});

it.each([
  ['parseWav', data.parseWav],
  ['parseIdx', data.parseIdx],
])('%s refuses what is no Uint8Array', (name, parse) => {
  for (const given of [undefined, null, 1, 'x', {}, [], new Float32Array(2), new ArrayBuffer(8)]) {
    expect(() => parse(given as never)).toThrow(`${name}: expected the bytes of a file`);
  }
});
