import {
  fasterrcnn_mobilenet_v3_large_320_fpn,
  fasterrcnn_resnet50_fpn,
  maskrcnn_resnet50_fpn,
  type Detection,
  type RCNN,
} from '@convnet/detection';
import { hashedValues, useHashedWeights } from '@convnet/model-testing/hashed';
import { mul, openScope, tensor, type Device } from '@convnet/tensor-core';

import { timeSteps } from '../training/time-steps.ts';

/** A detector and the image that it is timed with. */
export interface TimedDetector {
  readonly name: string;
  readonly build: () => RCNN;
  /** [C, H, W] */
  readonly inputShape: readonly [number, number, number];
}

/** The first is that of the paper, at the size that torchvision's are measured at. */
export const timedDetectors: readonly TimedDetector[] = [
  {
    name: 'fasterrcnn_resnet50_fpn',
    build: fasterrcnn_resnet50_fpn,
    inputShape: [3, 800, 1066],
  },
  { name: 'maskrcnn_resnet50_fpn', build: maskrcnn_resnet50_fpn, inputShape: [3, 800, 1066] },
  {
    name: 'fasterrcnn_mobilenet_v3_large_320_fpn',
    build: fasterrcnn_mobilenet_v3_large_320_fpn,
    inputShape: [3, 320, 426],
  },
];

export const timedNames: readonly string[] = timedDetectors.map(({ name }) => name);

/** A detector of convnet that looks at one image, again and again, up to the reading of what it found. */
export class OwnDetection {
  readonly model: RCNN;
  readonly #image: Float32Array;
  readonly #shape: readonly number[];
  readonly #device: Device;

  private constructor(model: RCNN, shape: readonly number[], device: Device) {
    this.model = model;
    this.#shape = shape;
    this.#device = device;
    const count = shape.reduce((product, extent) => product * extent, 1);
    this.#image = hashedValues('image', count).map((value) => (value + 1) / 2);
  }

  /** With hashed weights; differences of boxes are kept small, so that boxes stay near their anchors. */
  static async of({ build, inputShape }: TimedDetector, device: Device): Promise<OwnDetection> {
    const model = build();
    useHashedWeights(model);
    for (const [key, entry] of model.stateDict()) {
      if (!key.includes('bbox_pred')) continue;
      const { initializer } = entry;
      entry.initializer = (shape, on) => mul(initializer(shape, on), 0.125);
    }
    await model.to(device);
    model.eval();
    return new OwnDetection(model, inputShape, device);
  }

  /** What is in the image. */
  async find(): Promise<Detection> {
    using _ = openScope();
    const [found] = await this.model.detect([
      tensor(this.#image, this.#shape, { device: this.#device }),
    ]);
    return found!;
  }

  /** Looks at it `count` times and gives the milliseconds of each. */
  steps(count: number): Promise<number[]> {
    return timeSteps(count, () => this.find());
  }

  dispose(): void {
    this.model.dispose();
  }
}
