import { ConvnetError } from '@convnet/tensor-core';
import { alsoTakes, describePublicCalls, named, type Samples } from '@convnet/testing';
import { join } from 'node:path';
import { describe } from 'vitest';

import * as detection from '../detection.ts';
import { recordingOf } from '../signal/recording.ts';
import {
  bytesOf,
  Files,
  folder,
  Picture,
  png,
  random,
  source,
  step,
} from '../testing/public-call-samples.ts';

/** Objects of a class: what they have is data, no options. */
class Sample {
  readonly image = new Picture();
  readonly boxes = Float32Array.of(1, 1, 5, 5);
  readonly labels = Int32Array.of(1);
  readonly crowd = new Uint8Array(1);
  readonly difficult = new Uint8Array(1);
  readonly areas = Float64Array.of(16);
}
class Events {
  readonly recording = recordingOf([new Float32Array(16)], { sampleRate: 8 });
  readonly boxes = Float32Array.of(1, 5);
  readonly labels = Int32Array.of(1);
}

const coco = {
  images: [{ id: 1, file_name: 'a.png' }],
  categories: [{ id: 1, name: 'x', keypoints: ['k'] }],
  annotations: [
    {
      id: 1,
      image_id: 1,
      category_id: 1,
      bbox: [0, 0, 1, 1],
      segmentation: [[0, 0, 1, 0, 1, 1]],
      keypoints: [0, 0, 1],
    },
  ],
};
const voc =
  '<annotation><filename>a.png</filename><object><name>x</name><bndbox><xmin>0</xmin><ymin>0</ymin><xmax>1</xmax>' +
  '<ymax>1</ymax></bndbox></object></annotation>';
const files = (): Files =>
  new Files({
    'coco.json': bytesOf(JSON.stringify(coco)),
    'images/a.png': png,
    'JPEGImages/a.png': png,
    'labels/a.txt': bytesOf('0 0.5 0.5 1 1\n'),
    'Annotations/a.xml': bytesOf(voc),
    'ImageSets/Main/train.txt': bytesOf('a\n'),
  });
const anyText = (value: string): unknown => alsoTakes(value, 'any string');
const transform = (): unknown => () => 1;

const sample = (): unknown => named('sample', new Sample());
const events = (): unknown => named('sample', new Events());
const reading = { labels: 'ids', masks: true, keypoints: true };
const place = { top: 0, left: 0, height: 4, width: 4 };
const affine = {
  angle: 3,
  translate: [1, 1],
  scale: 1,
  shear: [1, 1],
  center: [4, 4],
  interpolation: 'nearest',
  fill: alsoTakes(0, 'list'),
  leastVisible: 0.5,
};
const ranges = {
  degrees: alsoTakes(3, 'list'),
  translate: [0.1, 0.1],
  scale: [1, 1],
  shear: alsoTakes(3, 'list'),
  center: [4, 4],
  interpolation: 'nearest',
  fill: alsoTakes(0, 'list'),
  leastVisible: 0.5,
};
const size = (): unknown => alsoTakes(4, 'list');

const samples: Samples = {
  DetectionDataset: {
    make: () => [
      named('source', files()),
      named('images', [{ file: 'images/a.png', objects: [] }]),
      ['x'],
      { transform: transform() },
      named('options', { relative: true, masks: true, keypoints: ['k'] }),
    ],
    methods: { get: () => [0, alsoTakes(random(), 'undefined')], nameOf: () => [0] },
  },
  affine: step(() => [affine], sample, 'sample', random),
  cocoDetection: () => [
    folder(files),
    {
      ...reading,
      annotations: anyText('coco.json'),
      images: anyText('images'),
      crowds: true,
      transform: transform(),
    },
  ],
  crop: step(() => [place, { leastVisible: 0.5 }], sample, 'sample', random),
  cropIntervals: step(() => [0, 8, { leastVisible: 0.5 }], events, 'sample', random),
  decodeRle: () => [named('decodeRle', { size: [1, 1], counts: alsoTakes([1], 'string') })],
  encodeRle: () => [new Uint8Array(4), [2, 2]],
  intervalsOf: () => [[0, 1]],
  parseCoco: () => [anyText(JSON.stringify(coco)), source(), reading],
  parseIntervals: () => [
    anyText('file,begin,end,label,peak\na,0,1,x,1\n'),
    source(),
    { classes: ['x'], points: ['peak'] },
  ],
  parseVoc: () => [anyText(voc), source()],
  parseYolo: () => [anyText('0 0.5 0.5 1 1'), source(), 1],
  polygonMask: () => [[[0, 0, 1, 0, 1, 1]], [2, 2]],
  randomAffine: step(() => [ranges], sample, 'sample', random),
  randomCrop: step(() => [size(), { leastVisible: 0.5 }], sample, 'sample', random),
  randomCropIntervals: step(() => [8, { leastVisible: 0.5 }], events, 'sample', random),
  randomHorizontalFlip: step(
    () => [{ probability: 0.5, keypointPairs: [] }],
    sample,
    'sample',
    random,
  ),
  randomReverseIntervals: step(() => [{ probability: 0.5 }], events, 'sample', random),
  randomVerticalFlip: step(() => [{ probability: 0.5 }], sample, 'sample', random),
  resampleIntervals: step(() => [16], events, 'sample', random),
  resize: step(() => [size()], sample, 'sample', random),
  sampleLabels: () => [named('intervals', new Events()), 16],
  sampleMasks: () => [named('intervals', new Events()), 16],
  vocDetection: () => [
    folder(files),
    { transform: transform(), imageSet: anyText('train'), classes: ['x'], origin: 0 },
  ],
  yoloDetection: () => [
    folder(files),
    {
      transform: transform(),
      classes: ['x'],
      images: anyText('images'),
      labels: anyText('labels'),
    },
  ],
};

describe('public calls of data/detection', () => {
  describePublicCalls({
    exports: detection,
    samples,
    errorClass: ConvnetError,
    folder: join(import.meta.dirname, '..'),
  });
});
