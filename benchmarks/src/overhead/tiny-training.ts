import { Conv2d, Flatten, Linear, MaxPool2d, ReLU, Sequential, type Layer } from '@convnet/layers';
import { SGD } from '@convnet/optim';
import {
  capture,
  crossEntropy,
  openScope,
  randn,
  tensor,
  type Device,
  type Tensor,
} from '@convnet/tensor-core';

/** One image of one channel. */
export const inputShape: readonly number[] = [1, 1, 8, 8];

/** Parts of a training step, in order. */
export const stepParts = ['forward', 'backward', 'optimiser', 'read loss'] as const;
export type StepPart = (typeof stepParts)[number];

/** Milliseconds of a step and of its parts. */
export interface StepTimes {
  readonly step: number;
  readonly parts: Readonly<Record<StepPart, number>>;
}

/** Networks so small that a step is nothing but calls. */
export const tinyNetworks: Readonly<Record<string, (device: Device) => Layer[]>> = {
  'ten layers': (device) => [
    new Conv2d(1, 4, 3, { padding: 1, device }),
    new ReLU(),
    new Conv2d(4, 4, 3, { padding: 1, device }),
    new ReLU(),
    new MaxPool2d(2),
    new Conv2d(4, 8, 3, { padding: 1, device }),
    new ReLU(),
    new MaxPool2d(2),
    new Flatten(),
    new Linear(32, 10, { device }),
  ],
  'ten layers with weights': (device) => [
    ...Array.from({ length: 9 }, (_, i) => [
      new Conv2d(i === 0 ? 1 : 4, 4, 3, { padding: 1, device }),
      new ReLU(),
    ]).flat(),
    new Flatten(),
    new Linear(256, 10, { device }),
  ],
};

/** Training of a network on one image, again and again. */
export class TinyTraining {
  readonly #step: () => Promise<StepTimes>;
  readonly #captured: () => Promise<number>;
  readonly #release: () => void;

  constructor(layers: readonly Layer[], device: Device) {
    const on = { device };
    const model = new Sequential(layers);
    const optimizer = new SGD(model.parameters(), { learningRate: 0.01, momentum: 0.9 });
    const held = openScope();
    const inputs = randn(inputShape, on);
    const labels = tensor(Int32Array.of(3), [1], on);
    this.#step = async () => {
      using _ = openScope();
      const start = performance.now();
      const loss = crossEntropy(model.forward(inputs), labels);
      const forwardDone = performance.now();
      optimizer.zeroGrad();
      loss.backward();
      const backwardDone = performance.now();
      optimizer.step();
      const optimiserDone = performance.now();
      await loss.item();
      const end = performance.now();
      return {
        step: end - start,
        parts: {
          forward: forwardDone - start,
          backward: backwardDone - forwardDone,
          optimiser: optimiserDone - backwardDone,
          'read loss': end - optimiserDone,
        },
      };
    };
    const captured = capture((x: Tensor, y: Tensor) => {
      const loss = crossEntropy(model.forward(x), y);
      optimizer.zeroGrad();
      loss.backward();
      optimizer.step();
      return loss;
    });
    this.#captured = async () => {
      using _ = openScope();
      const start = performance.now();
      await captured(inputs, labels).item();
      return performance.now() - start;
    };
    this.#release = () => {
      captured.dispose();
      held.close();
      optimizer.dispose();
      model.dispose();
    };
  }

  step(): Promise<StepTimes> {
    return this.#step();
  }

  /** Milliseconds of the same step, captured and replayed. */
  capturedStep(): Promise<number> {
    return this.#captured();
  }

  dispose(): void {
    this.#release();
  }
}
