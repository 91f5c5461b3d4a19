import { SGD, type Optimizer } from '@convnet/optim';
import {
  capture,
  crossEntropy,
  manualSeed,
  openScope,
  randn,
  tensor,
  type Device,
  type Tensor,
} from '@convnet/tensor-core';
import type { Classifier } from '@convnet/train';

import type { Stepper } from './alternate.ts';
import type { TrainedBatch } from './networks.ts';
import { timeSteps } from './time-steps.ts';

/** Whether steps are captured and replayed, as `fit` takes them, or run operation by operation. */
export type StepMode = 'captured' | 'eager';

/** How steps are taken. */
export interface StepOptions {
  /** Default: 'captured'. */
  readonly mode?: StepMode;
  /** Default: cross-entropy. */
  readonly loss?: (outputs: Tensor, labels: Tensor) => Tensor;
  /** Default: SGD with momentum. */
  readonly optimizer?: (parameters: readonly Tensor[]) => Optimizer;
}

const momentum = (parameters: readonly Tensor[]): Optimizer =>
  new SGD(parameters, { learningRate: 0.01, momentum: 0.9 });

/** Training steps of convnet on one batch, again and again. */
export class OwnSteps implements Stepper {
  readonly model: Classifier;
  readonly #mode: StepMode;
  readonly #steppers: Readonly<Record<StepMode, Stepper>>;
  readonly #release: () => void;

  /** `build`: makes the network of the batch on a device. */
  constructor(
    trained: Pick<TrainedBatch, 'batch' | 'inputShape' | 'numClasses'>,
    device: Device,
    build: (device: Device) => Classifier,
    {
      mode = 'captured',
      loss: lossOf = crossEntropy,
      optimizer: optimizerOf = momentum,
    }: StepOptions = {},
  ) {
    const { batch, inputShape, numClasses } = trained;
    manualSeed(0);
    const model = build(device);
    const optimizer = optimizerOf(model.parameters());
    const held = openScope();
    const inputs = randn([batch, ...inputShape], { device });
    const classes = Int32Array.from({ length: batch }, (_, i) => i % numClasses);
    const labels = tensor(classes, [batch], { device });
    this.model = model;
    const learn = (x: Tensor, classesOfX: Tensor): Tensor => {
      const loss = lossOf(model.forward(x), classesOfX);
      optimizer.zeroGrad();
      loss.backward();
      optimizer.step();
      return loss;
    };
    const captured = capture(learn);
    const stepper = (step: typeof learn): Stepper => ({
      steps: (count) =>
        timeSteps(count, async () => {
          using _ = openScope();
          await step(inputs, labels).item();
        }),
    });
    this.#mode = mode;
    this.#steppers = { captured: stepper(captured), eager: stepper(learn) };
    this.#release = () => {
      captured.dispose();
      held.close();
      optimizer.dispose();
      model.dispose();
    };
  }

  /** Takes `count` steps, each up to the reading of its loss, and gives the milliseconds of each. */
  steps(count: number): Promise<readonly number[]> {
    return this.#steppers[this.#mode].steps(count);
  }

  /** Steps in a mode, on the same network and optimiser: a second of both may not fit in memory. */
  inMode(mode: StepMode): Stepper {
    return this.#steppers[mode];
  }

  dispose(): void {
    this.#release();
  }
}
