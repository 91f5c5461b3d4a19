import { nms, roiAlign, type NmsOptions, type RoiAlignOptions } from '@convnet/tensor-core';
import { asType, fixed, integers, listed, steps, uniform, type Input } from '../inputs.ts';
import type { Program } from '../program.ts';

interface RoiCase {
  readonly name: string;
  readonly features: readonly number[];
  readonly rois: readonly (readonly number[])[];
  readonly size: number | readonly number[];
}

/** Inside, across each edge, far outside, shorter than an element, turned round, the whole. */
const images: readonly RoiCase[] = [
  {
    name: 'images',
    features: [2, 5, 7, 9],
    rois: [
      [0, 1.2, 0.7, 5.9, 4.3],
      [1, -3.3, -2.1, 2.2, 3.4],
      [1, 6.1, 4.4, 12.7, 9.9],
      [0, 3.3, 2.2, 3.5, 2.3],
      [0, 5.1, 4.2, 2.3, 1.4],
      [1, 0, 0, 9, 7],
      [0, 30, 40, 50, 60],
      [0, -1, -1, 8, 6],
    ],
    size: [3, 2],
  },
  {
    name: 'images of 17 channels',
    features: [1, 17, 5, 6],
    rois: [
      [0, 0.4, 0.6, 5.3, 4.1],
      [0, 2.2, 1.4, 3.1, 4.9],
    ],
    size: 7,
  },
  {
    name: 'images of 33 channels',
    features: [2, 33, 4, 3],
    rois: [[1, 0.3, 0.4, 2.7, 3.6]],
    size: 2,
  },
  { name: 'images of one element', features: [1, 3, 1, 1], rois: [[0, 0, 0, 1, 1]], size: 2 },
  { name: 'no regions', features: [2, 3, 4, 5], rois: [], size: 2 },
  {
    name: 'signals',
    features: [2, 3, 12],
    rois: [
      [0, 1.3, 6.2],
      [1, -2.4, 4.4],
      [1, 9.1, 17.2],
      [0, 5.2, 5.4],
      [0, 3, 1],
      [1, 0, 12],
    ],
    size: 4,
  },
];

const roiOptions: readonly RoiAlignOptions[] = [
  {},
  { samplingRatio: 2 },
  { aligned: true },
  { aligned: true, samplingRatio: 3 },
  { spatialScale: 0.5, samplingRatio: 2 },
  { spatialScale: 0.25 },
];

const pooled: Program[] = images.flatMap(({ name, features, rois, size }) =>
  roiOptions.map((options): Program => ({
    name: `roiAlign of ${name} ${JSON.stringify(options)}`,
    op: 'roiAlign',
    inputs: [
      uniform(features),
      { ...listed(rois.flat(), [rois.length, features.length === 3 ? 3 : 5]), grad: false },
    ],
    body: (x, regions) => roiAlign(x, regions, size, options),
  })),
);

const hostile: Program = {
  name: 'roiAlign of regions of NaN and infinities',
  op: 'roiAlign',
  inputs: [
    uniform([1, 2, 4, 4]),
    listed([0, NaN, 0, 2, 2, 0, 0, 0, Infinity, 2, 0, -Infinity, 0, 2, 2], [3, 5]),
  ],
  body: (x, regions) => roiAlign(x, regions, 2, { samplingRatio: 2 }),
};

const hostileBoxes: Program = {
  name: 'nms of boxes of NaN and infinities',
  op: 'nms',
  inputs: [
    listed([0, NaN, 0, 2, 0, Infinity, -Infinity, 2, 0, 2, -Infinity, Infinity], [6, 2]),
    listed([0.9, 0.8, 0.7, 0.6, 0.5, 0.4]),
  ],
  body: (x, scores) => nms(x, scores),
};

/** What regions without an end, and of no number, hold and leave. */
export const specialRegionPrograms: readonly Program[] = [hostile, hostileBoxes];

const emptyBatch: Program = {
  name: 'roiAlign of no inputs',
  op: 'roiAlign',
  inputs: [uniform([0, 3, 4, 4]), fixed(uniform([0, 5]))],
  body: (x, regions) => roiAlign(x, regions, 2),
};

/** Boxes as corners, from places and sizes that are multiples of 1/4: their overlaps are far from any threshold, or exact. */
function boxes(count: number, dims: number): Input {
  const value = (u: number, i: number): number => {
    const side = i % (2 * dims);
    const box = Math.floor(i / (2 * dims));
    const place = ((box * 37 + (side % dims) * 11) % 23) / 2;
    return side < dims ? place : place + 1 + Math.floor(u * 24) / 4;
  };
  return { shape: [count, 2 * dims], dtype: 'float32', grad: false, value };
}

const thresholds: readonly NmsOptions[] = [{}, { iouThreshold: 0.11 }, { iouThreshold: 0.83 }];

const suppressions: Program[] = [1, 2, 3].flatMap((dims) =>
  [0, 1, 2, 17, 150].flatMap((count) =>
    thresholds.flatMap((options): Program[] => [
      {
        name: `nms of ${count} boxes of ${dims} axes ${JSON.stringify(options)}`,
        op: 'nms',
        inputs: [boxes(count, dims), fixed(uniform([count]))],
        body: (x, scores) => nms(x, scores, options),
      },
      {
        name: `nms of ${count} boxes of ${dims} axes with equal scores and labels ${JSON.stringify(options)}`,
        op: 'nms',
        inputs: [boxes(count, dims), steps([count], 0, 1, 0.25), integers([count], 1, 3)],
        body: (x, scores, labels) => nms(x, scores, { ...options, labels }),
      },
    ]),
  ),
);

const special: Program[] = [
  {
    name: 'nms of boxes that overlap by the threshold',
    op: 'nms',
    // The second covers half of the first, the third all of it.
    inputs: [listed([0, 0, 2, 2, 0, 0, 2, 1, 0, 0, 2, 2], [3, 4]), listed([0.9, 0.8, 0.7])],
    body: (x, scores) => nms(x, scores, { iouThreshold: 0.5 }),
  },
  {
    name: 'nms of boxes without area',
    op: 'nms',
    inputs: [listed([1, 1, 1, 1, 1, 1, 1, 1, 3, 3, 2, 2], [3, 4]), listed([0.9, 0.8, 0.7])],
    body: (x, scores) => nms(x, scores),
  },
  {
    name: 'nms of a score of NaN',
    op: 'nms',
    inputs: [listed([0, 2, 0, 2, 5, 6], [3, 2]), listed([0.5, NaN, 0.7])],
    body: (x, scores) => nms(x, scores),
  },
  {
    name: 'nms of labels far apart',
    op: 'nms',
    inputs: [
      listed([0, 2, 0, 2, 0, 2], [3, 2]),
      listed([0.5, 0.6, 0.7]),
      asType(listed([2 ** 31 - 1, -(2 ** 31), 2 ** 31 - 1], [3]), 'int32'),
    ],
    body: (x, scores, labels) => nms(x, scores, { labels }),
  },
];

/** Regions of interest: what they hold, and which of them stay. */
export const regionPrograms: readonly Program[] = [
  ...pooled,
  ...specialRegionPrograms,
  emptyBatch,
  ...suppressions,
  ...special,
];
