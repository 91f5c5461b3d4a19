import type { RCNN } from '@convnet/detection';
import { SGD } from '@convnet/optim';
import { add, Generator, openScope, type Device, type Tensor } from '@convnet/tensor-core';

import { timeSteps } from '../training/time-steps.ts';
import { imageOf, withHashedWeights, type TimedDetector } from './timed-detectors.ts';

/** Objects of the image that a detector trains on, of eight sizes. */
export const trainingTarget: { readonly boxes: number[][]; readonly labels: number[] } = {
  boxes: Array.from({ length: 8 }, (_, i) => {
    const [x, y] = [10 + 35 * i, 10 + 20 * i];
    return [x, y, x + 60 + 10 * i, y + 50 + 12 * i];
  }),
  labels: Array.from({ length: 8 }, (_, i) => 1 + 7 * i),
};

/** So small that many steps leave the weights about as they are. */
export const trainingRate = 1e-6;

/** A detector of convnet that learns from one image, again and again, up to the reading of its loss. */
export class OwnDetectorTraining {
  readonly model: RCNN;
  readonly #optimizer: SGD;
  readonly #image: () => Tensor;
  readonly #generator = new Generator(0);

  private constructor(model: RCNN, image: () => Tensor) {
    this.model = model;
    this.#image = image;
    this.#optimizer = new SGD(model.parameters(), { learningRate: trainingRate, momentum: 0.9 });
  }

  static async of(timed: TimedDetector, device: Device): Promise<OwnDetectorTraining> {
    const model = await withHashedWeights(timed, device);
    return new OwnDetectorTraining(model.train(), imageOf(timed, device));
  }

  /** Takes a step; the losses before it by their names. */
  async learn(): Promise<Readonly<Record<string, number>>> {
    using _ = openScope();
    const losses = await this.model.losses([this.#image()], [trainingTarget], {
      generator: this.#generator,
    });
    const named = Object.entries<Tensor>({ ...losses });
    this.#optimizer.zeroGrad();
    named
      .map(([, loss]) => loss)
      .reduce((a, b) => add(a, b))
      .backward();
    this.#optimizer.step();
    const values = named.map(async ([name, loss]) => [name, Number((await loss.data())[0])]);
    return Object.fromEntries(await Promise.all(values)) as Record<string, number>;
  }

  /** Takes `count` steps and gives the milliseconds of each. */
  steps(count: number): Promise<number[]> {
    return timeSteps(count, () => this.learn());
  }

  dispose(): void {
    this.#optimizer.dispose();
    this.model.dispose();
  }
}
