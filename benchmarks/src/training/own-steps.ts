import { SGD } from '@convnet/optim';
import {
  crossEntropy,
  manualSeed,
  openScope,
  randn,
  tensor,
  type Device,
} from '@convnet/tensor-core';
import type { Classifier } from '@convnet/train';

import type { TrainedBatch } from './networks.ts';
import { timeSteps } from './time-steps.ts';

/** Training steps of convnet on one batch, again and again. */
export class OwnSteps {
  readonly model: Classifier;
  readonly #step: () => Promise<void>;
  readonly #release: () => void;

  /** `build`: makes the network of the batch on a device. */
  constructor(
    trained: Pick<TrainedBatch, 'batch' | 'inputShape' | 'numClasses'>,
    device: Device,
    build: (device: Device) => Classifier,
  ) {
    const { batch, inputShape, numClasses } = trained;
    manualSeed(0);
    const model = build(device);
    const optimizer = new SGD(model.parameters(), { learningRate: 0.01, momentum: 0.9 });
    const held = openScope();
    const inputs = randn([batch, ...inputShape], { device });
    const classes = Int32Array.from({ length: batch }, (_, i) => i % numClasses);
    const labels = tensor(classes, [batch], { device });
    this.model = model;
    this.#step = async () => {
      using _ = openScope();
      const loss = crossEntropy(model.forward(inputs), labels);
      optimizer.zeroGrad();
      loss.backward();
      optimizer.step();
      await loss.item();
    };
    this.#release = () => {
      held.close();
      optimizer.dispose();
      model.dispose();
    };
  }

  /** Takes `count` steps, each up to the reading of its loss, and gives the milliseconds of each. */
  steps(count: number): Promise<number[]> {
    return timeSteps(count, this.#step);
  }

  dispose(): void {
    this.#release();
  }
}
