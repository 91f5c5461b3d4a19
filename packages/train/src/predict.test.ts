import { DataLoader } from '@convnet/data';
import { Dropout, Linear, Sequential } from '@convnet/layers';
import { ArgumentError, manualSeed, randn, softmax, tensor } from '@convnet/tensor-core';
import { reference } from '@convnet/tensor-core/reference';
import { describe, expect, test } from 'vitest';

import { EmptySetError } from './errors.ts';
import { predict } from './predict.ts';
import { perceptron, quadrants } from './testing/test-support.ts';

const device = reference();

test('labels, names and probabilities of the samples of a loader, in order', async () => {
  manualSeed(4);
  const before = device.liveBuffers;
  const model = new Sequential([perceptron(device), new Dropout(0.5)]);
  model.getModule('0').eval();
  const loader = new DataLoader(quadrants(10), { batchSize: 4, device });
  const got = await predict(model, loader);
  expect(got.samples).toBe(10);
  expect(got.classes).toEqual(['unlike', 'alike']);
  model.eval();
  let i = 0;
  for await (const [inputs, labels] of loader) {
    const wanted = await softmax(model.forward(inputs), 1).data();
    const classes = await labels.data();
    for (let n = 0; n < inputs.shape[0]!; n++, i++) {
      const { label, name, probability, probabilities } = got.at(i);
      const row = Array.from(wanted.slice(2 * n, 2 * n + 2));
      row.forEach((p, c) => expect(probabilities[c]).toBeCloseTo(p, 6));
      expect(label).toBe(row[1]! > row[0]! ? 1 : 0);
      expect(name).toBe(['unlike', 'alike'][label]);
      expect(probability).toBe(probabilities[label]);
      expect(got.targets![i]).toBe(classes[n]);
    }
  }
  expect([...got]).toHaveLength(10);
  model.dispose();
  expect(device.liveBuffers).toBe(before);
});

test('every module is then in the mode it was in', async () => {
  const model = perceptron(device);
  model.getModule('0').eval();
  await predict(model, randn([3, 2], { device }));
  expect([model.getModule('0').training, model.getModule('2').training]).toEqual([false, true]);
});

describe('activations', () => {
  /** A network that gives what it takes. */
  function through(outputs: number): Linear {
    const model = new Linear(outputs, outputs, { bias: false, device });
    const eye = Array.from({ length: outputs ** 2 }, (_, i) => (i % (outputs + 1) === 0 ? 1 : 0));
    model.weight.replaceWith(tensor(eye, [outputs, outputs], { device }));
    return model;
  }

  test('sigmoid: all labels from the threshold on', async () => {
    const x = tensor([2, -1, 0.5, -3, -2, -1], [2, 3], { device });
    const options = { activation: 'sigmoid', classes: ['a', 'b', 'c'] } as const;
    const got = await predict(through(3), x, options);
    expect(got.at(0).labels).toEqual([0, 2]);
    expect(got.at(1).labels).toEqual([]);
    expect(got.at(1).name).toBe('c');
    expect(got.at(0).probabilities[1]).toBeCloseTo(1 / (1 + Math.E), 6);
    expect((await predict(through(3), x, { ...options, threshold: 0.9 })).at(0).labels).toEqual([]);
  });

  test('a single output is the probability of class 1', async () => {
    const x = tensor([2, -1], [2, 1], { device });
    const got = await predict(through(1), x, { classes: ['no', 'yes'] });
    expect(Array.from(got, ({ name }) => name)).toEqual(['yes', 'no']);
    expect(got.at(1).probability).toBeCloseTo(1 - 1 / (1 + Math.E), 6);
  });

  test('none: outputs as they are, and the best few', async () => {
    const x = tensor([0.2, 0.5, 0.3], [1, 3], { device });
    const got = await predict(through(3), x, { activation: 'none' });
    expect(got.top(0, 2).map(({ label }) => label)).toEqual([1, 2]);
    expect(got.top(0, 1)[0]!.probability).toBeCloseTo(0.5, 6);
  });
});

describe('refuses', () => {
  const model = perceptron(device);
  const x = randn([3, 2], { device });
  const cases: readonly (readonly [() => Promise<unknown>, string])[] = [
    [() => predict(3 as never, x), 'predict: expected the model as a Module, got 3'],
    [() => predict(model, 'x' as never), 'predict: expected the inputs as batches'],
    [
      () => predict(model, x, { classes: ['a'] }),
      'expected names of the 2 classes that the network tells apart, got 1',
    ],
    [() => predict(model, x, { activation: 'relu' as never }), "got 'relu'"],
    [
      () => predict(model, x, { threshold: 2 }),
      'expected threshold as a number from 0 to 1, got 2',
    ],
    [() => predict(model, x, { topK: 2 } as never), "there is no option 'topK'"],
    [() => predict(model, tensor([], [0, 2], { device })), 'predict: expected at least one sample'],
    [
      () => predict(new Sequential([]), randn([2, 3, 4], { device })),
      'expected a network that gives [N, classes], got [2, 3, 4]',
    ],
    [async () => (await predict(model, x)).at(3), 'expected a sample from 0 to 2, got 3'],
  ];
  test.each(cases)('case %#', async (run, message) => {
    const failure: unknown = await run().catch((error: unknown) => error);
    expect(failure instanceof ArgumentError || failure instanceof EmptySetError).toBe(true);
    expect((failure as Error).message).toContain(message);
  });
});
