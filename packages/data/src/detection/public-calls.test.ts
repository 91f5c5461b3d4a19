import { ConvnetError } from '@convnet/tensor-core';
import { alsoTakes, describePublicCalls, named, type Samples } from '@convnet/testing';
import { join } from 'node:path';
import { describe } from 'vitest';

import * as detection from '../detection.ts';
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

class Place {
  readonly top = 0;
  readonly left = 0;
  readonly height = 4;
  readonly width = 4;
}

/** A picture with a box. */
class Sample {
  readonly image = new Picture();
  readonly boxes = Float32Array.of(1, 1, 3, 3);
  readonly labels = Int32Array.of(1);
  readonly crowd = Uint8Array.of(0);
  readonly difficult = Uint8Array.of(0);
  readonly areas = Float64Array.of(4);
}

const coco = JSON.stringify({
  images: [{ id: 1, file_name: '1.png' }],
  annotations: [{ id: 1, image_id: 1, category_id: 1, bbox: [0, 0, 1, 1] }],
  categories: [{ id: 1, name: 'a' }],
});
const side = (name: string, at: number): string => `<${name}>${at}</${name}>`;
const box = ['xmin', 'ymin', 'xmax', 'ymax'].map((name, i) => side(name, i)).join('');
const voc = `<annotation><filename>1.png</filename><object><name>a</name><bndbox>${box}</bndbox></object></annotation>`;
const yolo = '0 0.5 0.5 0.1 0.1';
const intervals = 'file,begin,end,label\n1,0,1,a\n';

const cocoFiles = (): Files => new Files({ 'all.json': bytesOf(coco), 'images/1.png': png });
const vocFiles = (): Files =>
  new Files({
    'Annotations/1.xml': bytesOf(voc),
    'ImageSets/Main/train.txt': bytesOf('1\n'),
    'JPEGImages/1.png': png,
  });
const yoloFiles = (): Files => new Files({ 'images/1.png': png, 'labels/1.txt': bytesOf(yolo) });

const text = (value: string): unknown => alsoTakes(value, 'any string');
const transform = (): number => 1;
const classes = ['a'];
const size = (): unknown => alsoTakes(4, 'list');
const sample = (): unknown => named('sample', new Sample());

const samples: Samples = {
  cocoDetection: () => [
    folder(cocoFiles),
    { annotations: text('all.json'), images: text('images'), crowds: true, transform },
  ],
  vocDetection: () => [
    folder(vocFiles),
    { imageSet: text('train'), classes, origin: 1, transform },
  ],
  yoloDetection: () => [
    folder(yoloFiles),
    { classes, images: text('images'), labels: text('labels'), transform },
  ],
  parseCoco: () => [text(coco), source()],
  parseVoc: () => [text(voc), source()],
  parseYolo: () => [text(yolo), source(), 1],
  parseIntervals: () => [text(intervals), source(), { classes }],
  DetectionDataset: {
    make: () => [
      named('source', yoloFiles()),
      named('images', [{ file: 'images/1.png', objects: [] }]),
      classes,
      { transform },
      true,
    ],
    methods: { get: () => [0, alsoTakes(random(), 'undefined')], nameOf: () => [0] },
  },
  crop: step(() => [named('box', new Place()), { leastVisible: 0.5 }], sample, 'sample'),
  randomCrop: step(() => [size(), { leastVisible: 0.5 }], sample, 'sample', random),
  randomHorizontalFlip: step(() => [0.5], sample, 'sample', random),
  randomVerticalFlip: step(() => [0.5], sample, 'sample', random),
  resize: step(() => [size()], sample, 'sample'),
};

describe('public calls of data/detection', () => {
  describePublicCalls({
    exports: detection,
    samples,
    errorClass: ConvnetError,
    folder: join(import.meta.dirname, '..'),
  });
});
