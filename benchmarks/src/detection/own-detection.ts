import type { Detection, RCNN } from '@convnet/detection';
import { openScope, type Device, type Tensor } from '@convnet/tensor-core';

import { timeSteps } from '../training/time-steps.ts';
import { imageOf, withHashedWeights, type TimedDetector } from './timed-detectors.ts';

/** A detector of convnet that looks at one image, again and again, up to the reading of what it found. */
export class OwnDetection {
  readonly model: RCNN;
  readonly #image: () => Tensor;

  private constructor(model: RCNN, image: () => Tensor) {
    this.model = model;
    this.#image = image;
  }

  static async of(timed: TimedDetector, device: Device): Promise<OwnDetection> {
    const model = await withHashedWeights(timed, device);
    return new OwnDetection(model.eval(), imageOf(timed, device));
  }

  /** What is in the image. */
  async find(): Promise<Detection> {
    using _ = openScope();
    const [found] = await this.model.detect([this.#image()]);
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
