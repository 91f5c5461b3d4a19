import { BatchNorm, Conv2d, Sequential } from '@convnet/layers';
import { hashedValues } from '@convnet/model-testing';
import { ConvnetError, Generator, meta, tensor, zeros, type Tensor } from '@convnet/tensor-core';
import { reference } from '@convnet/tensor-core/reference';
import { alsoTakes, describePublicCalls, named, type Samples } from '@convnet/testing';
import { describe } from 'vitest';

import * as detection from './index.ts';

const device = reference();
const t = (...shape: number[]): Tensor => zeros(shape, { device: meta });
const line = (): Float32Array => Float32Array.of(0, 0, 2, 2);

const common = {
  dims: 2,
  inChannels: 3,
  numClasses: 2,
  device: meta,
  minSize: alsoTakes(32, 'list', 'null'),
  maxSize: 64,
  imageMean: [0, 0, 0],
  imageStd: [1, 1, 1],
  anchorSizes: [[32], [64], [128], [256], [512]],
  aspectRatios: [0.5, 1, 2],
  rpnPreNmsTopNTrain: 4,
  rpnPreNmsTopNTest: 4,
  rpnPostNmsTopNTrain: 4,
  rpnPostNmsTopNTest: 4,
  rpnNmsThresh: 0.7,
  rpnFgIouThresh: 0.7,
  rpnBgIouThresh: 0.3,
  rpnBatchSizePerImage: 8,
  rpnPositiveFraction: 0.5,
  rpnScoreThresh: 0,
  boxScoreThresh: 0.05,
  boxNmsThresh: 0.5,
  boxDetectionsPerImg: 4,
  boxFgIouThresh: 0.5,
  boxBgIouThresh: 0.5,
  boxBatchSizePerImage: 8,
  boxPositiveFraction: 0.25,
  frozenBatchNorm: true,
  normEpsilon: 0.1,
  trainableBackboneLayers: 3,
};
const own: Readonly<Record<string, object>> = {
  keypointrcnn_resnet50_fpn: { numKeypoints: 2 },
  fasterrcnn_resnet18_fpn: { width: 4, pyramidChannels: 4, representationSize: 4 },
  ...Object.fromEntries(
    ['fasterrcnn_mobilenet_v3_large_fpn', 'fasterrcnn_mobilenet_v3_large_320_fpn'].map((name) => [
      name,
      { anchorSizes: [[32], [64], [128]] },
    ]),
  ),
};

/** A detector of signals that runs at once. */
const small = (): detection.RCNN =>
  detection.fasterrcnn_resnet18_fpn({
    dims: 1,
    inChannels: 1,
    numClasses: 2,
    width: 4,
    pyramidChannels: 4,
    representationSize: 4,
    rpnPostNmsTopNTrain: 8,
    boxBatchSizePerImage: 8,
    device,
  });
/** One that goes over to evaluation where it detects. */
function learningAndDetecting(): detection.RCNN {
  const model = small();
  const detect = model.detect.bind(model);
  model.detect = (images) => detect.call(model.eval(), images);
  return model;
}

const signal = (): Tensor => tensor(hashedValues('signal', 64), [1, 64], { device });
const dense = small().forward(tensor(hashedValues('batch', 64), [1, 1, 64], { device }));
const anchors = small().anchors(t(1, 1, 64), dense.features);

class Target {
  readonly boxes = [[4, 20]];
  readonly labels = [1];
}

class Outputs {
  readonly objectness = dense.objectness;
  readonly deltas = dense.deltas;
}

const network = (): Sequential => new Sequential([new Conv2d(1, 2, 3), new Conv2d(2, 4, 3)]);
const norm = (dims: number, channels: number): BatchNorm => new BatchNorm(dims, channels);
const pyramid = { norm: alsoTakes(norm, 'null'), pool: true };

class Found {
  readonly boxes = line();
  readonly labels = [1];
  readonly scores = [0.5];
}
const pairs = (): unknown[] => [named('detections', [new Found()]), named('truths', [new Found()])];

const samples: Samples = {
  ...Object.fromEntries(
    Object.keys(detection)
      .filter((name) => /^[a-z0-9_]*rcnn_/.test(name))
      .map((name) => [name, () => [{ ...common, ...own[name] }]]),
  ),
  RCNN: {
    instance: learningAndDetecting,
    methods: {
      forward: () => [named('input', tensor(hashedValues('x', 64), [1, 1, 64], { device }))],
      losses: () => [
        named('images', [signal()]),
        named('targets', [new Target()]),
        { generator: new Generator(1) },
      ],
      anchors: () => [t(1, 1, 64), dense.features],
      proposals: () => [named('outputs', alsoTakes(new Outputs(), 'object')), anchors, [[64]]],
      detect: () => [named('images', [signal()])],
    },
  },
  AnchorGenerator: {
    make: () => [2, { sizes: [[32]], aspectRatios: [[1]] }],
    methods: { perPlace: () => [0], anchors: () => [[64, 64], [[2, 2]]] },
  },
  BoxCoder: {
    make: () => [[10, 10, 5, 5]],
    methods: { encode: () => [line(), line()], decode: () => [line(), line(), 1] },
  },
  Matcher: {
    make: () => [{ high: 0.7, low: 0.3, allowLowQuality: true }],
    methods: { match: () => [new Float32Array(2), 1, 2] },
  },
  boxIou: () => [named('a', line()), named('b', line()), 2],
  FeatureLayers: {
    make: () => [network(), ['0', '1']],
    methods: { forward: () => [named('input', t(1, 1, 8, 8))] },
  },
  FeaturePyramid: {
    make: () => [2, [2, 4], 3, pyramid],
    methods: { forward: () => [named('maps', [t(1, 2, 8, 8), t(1, 4, 4, 4)])] },
  },
  PyramidBackbone: {
    make: () => [2, network(), ['0', '1'], [2, 4], { outChannels: 3, ...pyramid }],
    methods: { forward: () => [named('input', t(1, 1, 8, 8))] },
  },
  cocoMetrics: () => [...pairs(), { dims: 2 }],
  vocMetrics: () => [
    ...pairs(),
    { iouThreshold: 0.5, use07Metric: true, inclusive: true, dims: 2 },
  ],
};

describe('public calls of detection', () => {
  describePublicCalls({
    exports: detection,
    samples,
    errorClass: ConvnetError,
    folder: import.meta.dirname,
  });
});
