import { ArrayDataset, DataLoader, type DataLoaderOptions } from '@convnet/data';
import { SGD } from '@convnet/optim';
import {
  crossEntropy,
  isFinite,
  manualSeed,
  mul,
  square,
  sub,
  sum,
  tensor,
  where,
  type Tensor,
} from '@convnet/tensor-core';
import { reference } from '@convnet/tensor-core/reference';
import { describe, expect, test, vi } from 'vitest';

import { NonFiniteLossError } from '../errors.ts';
import type { Batches } from '../batches.ts';
import { fit } from './fit.ts';
import type { FitOptions } from './options.ts';
import { OwnBatches, perceptron, quadrantPoints, quadrants } from '../testing/test-support.ts';

const device = reference();

/** What a run over these batches ends with. */
async function failureOf(train: Batches, more: Partial<FitOptions> = {}): Promise<unknown> {
  manualSeed(6);
  const model = perceptron(device);
  const optimizer = new SGD(model.parameters(), { learningRate: 0.01 });
  return fit(model, { train, optimizer, epochs: 1, ...more }).then(
    () => 'no failure',
    (error: unknown) => error,
  );
}

/** 64 samples of which these have a coordinate that is not finite. */
function spoilt(samples: readonly number[], value: number = Number.NaN): ArrayDataset {
  const { data, labels } = quadrantPoints(64);
  for (const sample of samples) data[2 * sample + 1] = value;
  return new ArrayDataset({ data, labels, inputShape: [2], classes: ['unlike', 'alike'] });
}

function loader(dataset: ArrayDataset, more: Partial<DataLoaderOptions> = {}): DataLoader {
  return new DataLoader(dataset, { batchSize: 8, device, ...more });
}

describe('a loss that is not finite because of the data', () => {
  test.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])(
    'names batch and samples: %d',
    async (value) => {
      const failure = await failureOf(loader(spoilt([19, 22, 40], value)));
      expect(failure).toBeInstanceOf(NonFiniteLossError);
      expect(failure).toMatchObject({
        origin: 'data',
        step: 3,
        epoch: 1,
        batch: 3,
        samples: [3, 6],
        restoredStep: 0,
      });
      expect((failure as Error).message).toMatch(
        /^the loss of step 3 is (NaN|-?Infinity) \(epoch 1, batch 3\); training stopped and the model has the weights of step 0 again\. It comes from the data: samples 3 and 6 \(from 0\) of batch 3 hold NaN or infinite numbers\.$/,
      );
    },
  );

  test('in a later epoch, in the order of that epoch, and leaves the loader at the next', async () => {
    let spoil = false;
    const dataset = quadrants(64);
    const fill = dataset.fill.bind(dataset);
    vi.spyOn(dataset, 'fill').mockImplementation((indices, inputs, labels, random) => {
      fill(indices, inputs, labels, random);
      const at = indices.indexOf(19);
      if (spoil && at >= 0) inputs[2 * at] = Number.NaN;
    });
    const train = loader(dataset, { shuffle: true, seed: 7 });
    const orders: number[][] = [];
    const again = new DataLoader(quadrants(64), { batchSize: 8, shuffle: true, seed: 7, device });
    const wanted = quadrantPoints(64).data[2 * 19 + 1];
    for (let epoch = 0; epoch < 3; epoch++) {
      for (const { inputs } of again.batches()) {
        orders.push(Array.from({ length: 8 }, (_, i) => inputs[2 * i + 1]!));
      }
    }
    const third = orders.slice(16);
    const batch = third.findIndex((order) => order.includes(wanted!));
    const failure = await failureOf(train, {
      epochs: 5,
      onEpoch: ({ epoch }) => {
        spoil = epoch === 2;
      },
    });
    expect(failure).toMatchObject({
      origin: 'data',
      epoch: 3,
      batch: batch + 1,
      step: 16 + batch + 1,
      samples: [third[batch]!.indexOf(wanted!)],
      restoredStep: 16,
    });
    expect(train.epoch).toBe(3);
  });

  test('in batches of a class that has no numbers of epochs', async () => {
    const own = new OwnBatches(device, 0, 8);
    const train: Batches = {
      length: 8,
      async *[Symbol.asyncIterator]() {
        let batch = 0;
        for await (const [inputs, labels] of own) {
          batch++;
          if (batch === 5) yield [mul(inputs, Number.NaN), labels];
          else yield [inputs, labels];
        }
      },
    };
    expect(await failureOf(train)).toMatchObject({
      origin: 'data',
      step: 5,
      batch: 5,
      samples: [0, 1, 2, 3, 4, 5, 6, 7],
    });
  });

  test('in labels that are numbers', async () => {
    const train: Batches = {
      length: 2,
      async *[Symbol.asyncIterator]() {
        for await (const [inputs] of new OwnBatches(device, 0, 2)) {
          const values = Array.from({ length: 16 }, (_, i) => (i === 5 ? Number.NaN : i));
          yield [inputs, tensor(values, [8, 2], { device })] as [Tensor, Tensor];
        }
      },
    };
    const squares = (outputs: Tensor, targets: Tensor): Tensor =>
      sum(square(sub(outputs, targets)));
    expect(await failureOf(train, { loss: squares })).toMatchObject({
      origin: 'data',
      batch: 1,
      samples: [2],
    });
  });

  test('costs nothing where all are finite: the data are run through once', async () => {
    const dataset = quadrants(64);
    const fill = vi.spyOn(dataset, 'fill');
    expect(await failureOf(loader(dataset))).toBe('no failure');
    expect(fill).toHaveBeenCalledTimes(8);
  });
});

describe('data whose loss is finite all the same', () => {
  /** Hides a loss that is not finite; the gradients still are not. */
  const hiding = (logits: Tensor, labels: Tensor): Tensor => {
    const loss = crossEntropy(logits, labels);
    return where(isFinite(loss), loss, 1);
  };

  test('are named when the next loss is not', async () => {
    let calls = 0;
    const failure = await failureOf(loader(spoilt([9])), {
      loss: (logits, labels) => {
        calls++;
        return calls === 2 ? hiding(logits, labels) : crossEntropy(logits, labels);
      },
    });
    expect(failure).toMatchObject({
      name: 'NonFiniteLossError',
      origin: 'data',
      step: 3,
      batch: 3,
      sampleBatch: 2,
      samples: [1],
    });
  });

  test('are named when the weights are found not to be', async () => {
    const failure = await failureOf(loader(spoilt([27])), { loss: hiding, checkEvery: 2 });
    expect(failure).toMatchObject({
      name: 'NonFiniteWeightsError',
      step: 4,
      restoredStep: 2,
      sampleBatch: 4,
      samples: [3],
    });
    expect((failure as Error).message).toContain(
      'It comes from the data: sample 3 (from 0) of batch 4 holds NaN or infinite numbers.',
    );
  });
});

describe('a loss that is not finite though the data are', () => {
  test('because training diverges says so', async () => {
    const failure = await failureOf(loader(quadrants(64)), {
      checkEvery: 3,
      loss: (() => {
        let calls = 0;
        return (logits, labels) => mul(crossEntropy(logits, labels), ++calls < 5 ? 1 : Number.NaN);
      })(),
    });
    expect(failure).toMatchObject({ origin: 'training', step: 5, restoredStep: 3, samples: [] });
    expect((failure as Error).message).toContain(
      'The data are finite. A smaller learning rate often helps.',
    );
  });

  test('because of weights that were not before the first step names them', async () => {
    const model = perceptron(device);
    const bias = model.getModule('2').parameters()[1]!;
    await model.loadStateDict(
      new Map<string, Tensor>([
        ...model.stateDict(),
        ['2.bias', tensor([0, Number.NaN], [2], { device })],
      ]),
    );
    const failure: unknown = await fit(model, {
      train: loader(quadrants(64)),
      optimizer: new SGD(model.parameters(), { learningRate: 0.1 }),
      epochs: 1,
    }).catch((error: unknown) => error);
    expect(failure).toMatchObject({ origin: 'weights', step: 1, weights: ['2.bias'] });
    expect((failure as Error).message).toContain(
      'It comes from the weights: 2.bias holds NaN or infinite numbers.',
    );
    expect([...(await bias.data())]).toEqual([0, Number.NaN]);
  });

  test('in the first step does not blame the learning rate', async () => {
    const failure = await failureOf(loader(quadrants(64)), {
      loss: (logits, labels) => mul(crossEntropy(logits, labels), Number.POSITIVE_INFINITY),
    });
    expect(failure).toMatchObject({ origin: 'forward', step: 1, loss: Infinity, dataSeen: true });
    expect((failure as Error).message).toContain('look at the loss function');
    expect((failure as Error).message).not.toContain('learning rate');
  });

  test('says where the data could not be run through again', async () => {
    const own = new OwnBatches(device, 0, 4)[Symbol.asyncIterator]();
    const train: Batches = { length: 4, [Symbol.asyncIterator]: () => own };
    const failure = await failureOf(train, {
      loss: (logits, labels) => mul(crossEntropy(logits, labels), Number.NaN),
    });
    expect(failure).toMatchObject({ origin: 'forward', dataSeen: false });
    expect((failure as Error).message).toContain('could not be run through again');
  });
});
