import { capture, CaptureError, ones, tensor, type Tensor } from '@convnet/tensor-core';
import { reference } from '@convnet/tensor-core/reference';
import { describe, expect, test } from 'vitest';

import { BatchNorm1d, Conv1d, Dropout, ReLU, Sequential } from '../index.ts';

const device = reference();

function network(): Sequential {
  return new Sequential([
    new Conv1d(1, 2, 1, { device }),
    new BatchNorm1d(2, { device }),
    new ReLU(),
    new Dropout(0.5),
  ]);
}

const x = (): Tensor => tensor([1, -2, 3, 4], [2, 1, 2], { device });

describe('a captured step of a model', () => {
  test('is recorded for training and for evaluation, and follows the mode', async () => {
    const model = network();
    const step = capture((input: Tensor) => model.forward(input));
    model.train();
    for (let i = 0; i < 3; i++) step(x());
    expect(step.recordings).toBe(1);
    model.eval();
    const expected = await model.forward(x()).data();
    for (let i = 0; i < 3; i++) expect(await step(x()).data()).toEqual(expected);
    expect(step.recordings).toBe(2);
    model.train();
    step(x());
    expect(step.recordings).toBe(2);
  });

  test('moves running statistics and counts batches, also as a plain average', async () => {
    const [captured, eager] = [0, 1].map(() => new BatchNorm1d(1, { device, momentum: null })) as [
      BatchNorm1d,
      BatchNorm1d,
    ];
    const step = capture((input: Tensor) => captured.forward(input));
    for (let i = 1; i < 6; i++) {
      step(tensor([i, 2 * i], [2, 1, 1], { device }));
      eager.forward(tensor([i, 2 * i], [2, 1, 1], { device }));
    }
    for (const name of ['running_mean', 'running_var', 'num_batches_tracked'] as const) {
      expect(await captured[name]!.data()).toEqual(await eager[name]!.data());
    }
    expect(await captured.num_batches_tracked!.item()).toBe(5);
  });

  test('sees weights that are loaded', async () => {
    const model = network().eval();
    const step = capture((input: Tensor) => model.forward(input));
    step(x());
    const other = network().eval();
    await model.loadStateDict(other.stateDict());
    expect(await step(x()).data()).toEqual(await other.forward(x()).data());
  });

  test('names a layer or an option that has changed', () => {
    const model = network();
    const step = capture((input: Tensor) => model.forward(input));
    step(x());
    const norm = model.getModule('1') as unknown as { epsilon: number; more?: unknown };
    const { epsilon } = norm;
    norm.epsilon = 0.5;
    expect(() => step(x())).toThrow(CaptureError);
    expect(() => step(x())).toThrow(
      'epsilon of BatchNorm1d has changed since the step was captured',
    );
    norm.epsilon = epsilon;
    step(x());
    norm.more = new ReLU();
    expect(() => step(x())).toThrow('the number of properties of BatchNorm1d has changed');
    delete norm.more;
    const conv = model.getModule('0') as unknown as { weight: Tensor };
    conv.weight = ones([2, 1, 1], { device });
    expect(() => step(x())).toThrow('weight of Conv1d has changed');
  });

  test('refuses a hook, which a replay would not call', () => {
    const model = network();
    const remove = model.onForward(() => undefined);
    const step = capture((input: Tensor) => model.forward(input));
    expect(() => step(x())).toThrow('a hook looks at the forward of Sequential');
    remove();
    step(x());
    expect(step.recordings).toBe(1);
    model.onForward(() => undefined);
    expect(() => step(x())).toThrow(CaptureError);
  });
});
