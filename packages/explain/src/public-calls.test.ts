import { Conv2d, Flatten, Linear, Sequential } from '@convnet/layers';
import { ConvnetError, Generator, ones, randn, type Tensor } from '@convnet/tensor-core';
import { reference } from '@convnet/tensor-core/reference';
import { alsoTakes, describePublicCalls, named, type Samples } from '@convnet/testing';
import { describe } from 'vitest';

import * as explain from './index.ts';

const device = reference();

const model = (): unknown =>
  new Sequential([new Conv2d(1, 2, 3, { device }), new Flatten(), new Linear(8, 2, { device })]);
const input = (): Tensor => randn([2, 1, 4, 4], { device, generator: new Generator(0) });
const target = (): unknown => alsoTakes([0, 1], 'number', 'function');
const drawable = (name: string, ...shape: number[]): unknown =>
  named(name, ones(shape, { device }));
const text = (value: string): unknown => alsoTakes(value, 'any string');
const drawing = { theme: 'light', title: text('a title') };
const brightness = { mean: [0], std: [1] };

/** What detectors give has more than is drawn, so that it is no set of options. */
class Found {
  readonly boxes = [[0, 0, 2, 2]];
  readonly labels = [1];
  readonly scores = [0.5];
}

class Report {
  readonly epoch = 1;
  readonly loss = 1;
}

const samples: Samples = {
  featureMaps: () => [model(), input(), text('0')],
  filters: () => [model(), text('0')],
  gradCam: () => [
    model(),
    input(),
    { layer: text('0'), target: target(), relu: true, upsample: true },
  ],
  inputGradient: () => [model(), input(), { target: target() }],
  saliency: () => [model(), input(), { target: target() }],
  smoothGrad: () => [
    model(),
    input(),
    { target: target(), samples: 1, noise: 0, generator: new Generator(0) },
  ],
  integratedGradients: () => [
    model(),
    input(),
    { target: target(), baseline: alsoTakes(0), steps: 2 },
  ],
  filterGrid: () => [drawable('filters', 2, 1, 3, 3), { ...drawing, most: 1, columns: 1 }],
  featureMapGrid: () => [
    drawable('maps', 2, 1, 3, 3),
    { ...drawing, sample: 0, most: 1, columns: 1, colours: 'viridis' },
  ],
  relevancePicture: () => [
    drawable('input', 2, 1, 3, 3),
    drawable('map', 2, 3, 3),
    { ...drawing, captions: ['a', 'b'], colours: 'viridis', columns: 1, ...brightness },
  ],
  sampleGrid: () => [
    drawable('input', 2, 1, 3, 3),
    {
      ...drawing,
      labels: [0, 1],
      predicted: [0, 1],
      probabilities: [1, 1],
      classes: ['a', 'b'],
      columns: 1,
      ...brightness,
    },
  ],
  detectionPicture: () => [
    drawable('input', 1, 4, 4),
    named('the objects', new Found()),
    {
      ...drawing,
      ...brightness,
      truth: named('truth', new Found()),
      classes: ['background', 'a'],
      minScore: 0.5,
      maskThreshold: 0.5,
      skeleton: [[0, 1]],
      width: 8,
    },
  ],
  trainingCurves: () => [alsoTakes([new Report()], 'string'), { ...drawing, logLoss: true }],
  toPng: () => [
    named('SVG', text('<svg xmlns="http://www.w3.org/2000/svg" width="1" height="1"></svg>')),
    { scale: 1 },
  ],
};

describe('public calls of explain', () => {
  describePublicCalls({
    exports: explain,
    samples,
    errorClass: ConvnetError,
    folder: import.meta.dirname,
  });
});
