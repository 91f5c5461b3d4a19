import { parseCoco, parseIntervals, parseVoc, parseYolo } from '@convnet/data/detection';

import type { Reader } from '../reader.ts';
import { textReader } from './texts.ts';

/** An object with a polygon, one with runs of a mask, and one that is a crowd. */
const coco = JSON.stringify({
  images: [{ id: 7, file_name: 'a.png', width: 20, height: 10 }],
  categories: [{ id: 3, name: 'cell', keypoints: ['top', 'end'] }],
  annotations: [
    {
      id: 1,
      image_id: 7,
      category_id: 3,
      bbox: [1, 2, 5.5, 4],
      area: 22,
      iscrowd: 0,
      segmentation: [[1, 2, 6, 2, 6, 6]],
      keypoints: [2, 3, 2, 0, 0, 0],
    },
    {
      id: 2,
      image_id: 7,
      category_id: 3,
      bbox: [0, 0, 3, 3],
      area: 9,
      iscrowd: 0,
      segmentation: { size: [10, 20], counts: [3, 4, 193] },
      keypoints: [1, 1, 1, 2, 2, 2],
    },
    {
      id: 3,
      image_id: 7,
      category_id: 3,
      bbox: [0, 0, 20, 10],
      area: 200,
      iscrowd: 1,
      segmentation: { size: [10, 20], counts: 'X6' },
      keypoints: [0, 0, 0, 0, 0, 0],
    },
  ],
});

const voc =
  '<?xml version="1.0"?><annotation><filename>a.png</filename><object><name>cat &amp; co</name><difficult>1</difficult>' +
  '<bndbox><xmin>1</xmin><ymin>2</ymin><xmax>3.5</xmax><ymax>4</ymax></bndbox></object></annotation>';

export const annotationReaders: readonly Reader[] = [
  textReader('coco', [coco], (text) =>
    parseCoco(text, 'coco.json', { masks: true, keypoints: true }),
  ),
  textReader('voc', [voc], (text) => parseVoc(text, 'a.xml')),
  textReader('yolo', ['0 0.5 0.5 0.25 0.5\n1 0.1 0.2 0.1 0.1\n'], (text) =>
    parseYolo(text, 'a.txt', 2),
  ),
  textReader(
    'intervals',
    ['file,begin,end,label\nr1,0.5,1.5,a\nr1,2,3,b\n"r 2",1e1,20,a\n'],
    (text) => parseIntervals(text, 'events.csv'),
  ),
];
