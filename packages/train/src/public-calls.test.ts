import { Linear } from '@convnet/layers';
import { LinearLR, SGD } from '@convnet/optim';
import { ConvnetError, crossEntropy, ones, zeros, type Tensor } from '@convnet/tensor-core';
import { reference } from '@convnet/tensor-core/reference';
import { describePublicCalls, named, type Samples } from '@convnet/testing';
import { describe } from 'vitest';

import * as train from './index.ts';
import type { Batches } from './index.ts';

const device = reference();

class OneBatch implements Batches {
  readonly length = 1;

  async *[Symbol.asyncIterator](): AsyncGenerator<[Tensor, Tensor]> {
    yield [ones([2, 3], { device }), zeros([2], { device, dtype: 'int32' })];
  }
}

/** What callers may write themselves. */
class Average {
  update(): void {}
}

/** Ends a run of more epochs than anybody waits for. */
class Signal {
  readonly reason = new ConvnetError('enough');
  #looks = 0;

  get aborted(): boolean {
    return ++this.#looks > 20;
  }
}

const set = (): unknown => named('batch', new OneBatch());

function run(): readonly unknown[] {
  const model = new Linear(3, 2, { device });
  const optimizer = new SGD(model.parameters(), { learningRate: 0.1 });
  const options = {
    train: set(),
    optimizer,
    epochs: 1,
    test: set(),
    loss: (logits: Tensor, labels: Tensor) => crossEntropy(logits, labels),
    schedule: new LinearLR(optimizer),
    average: new Average(),
    checkEvery: 1,
    onStep: () => undefined,
    onEpoch: () => undefined,
    signal: new Signal(),
    capture: true,
  };
  return [model, options];
}

const samples: Samples = {
  fit: run,
  evaluate: () => [new Linear(3, 2, { device }), set()],
};

describe('public calls of train', () => {
  describePublicCalls({
    exports: train,
    samples,
    errorClass: ConvnetError,
    folder: import.meta.dirname,
  });
});
