import { describeShapes, evalShape, familyOf } from '@convnet/model-testing';
import { crossEntropy, manualSeed, randn, tensor, type Tensor } from '@convnet/tensor-core';
import { reference } from '@convnet/tensor-core/reference';
import { describe, expect, test } from 'vitest';

import { DenseNet, type DenseNetOptions } from './densenet.ts';
import * as densenet from './index.ts';

const device = reference();

describeShapes(familyOf(import.meta.dirname, densenet));

/** Two blocks of four layers, for signals of two channels. */
function small(options: DenseNetOptions = {}): DenseNet {
  manualSeed(1);
  const given = { dims: 1, inChannels: 2, numClasses: 3, growthRate: 4, stem: 'cifar' } as const;
  return new DenseNet('small', [4, 4], { ...given, numInitFeatures: 8, device, ...options });
}

describe('memoryEfficient', () => {
  async function train(
    memoryEfficient: boolean,
  ): Promise<{ values: Map<string, unknown>; held: number }> {
    const model = small({ memoryEfficient });
    const x = randn([2, 2, 16], { device });
    const before = device.liveBuffers;
    const loss = crossEntropy(model.forward(x), tensor(new Int32Array([0, 2]), [2], { device }));
    const held = device.liveBuffers - before;
    loss.backward();
    const values = new Map<string, unknown>();
    const read = async (name: string, t: Tensor): Promise<unknown> =>
      values.set(name, await t.data());
    for (const [name, p] of model.namedParameters()) await read(`${name}.grad`, p.grad!);
    for (const [name, b] of model.namedBuffers()) await read(name, b);
    return { values, held };
  }

  test('gives the same gradients and running statistics, and holds less', async () => {
    const [kept, computedAgain] = [await train(false), await train(true)];
    expect(computedAgain.values).toEqual(kept.values);
    expect(computedAgain.held).toBeLessThan(kept.held);
  });

  test('changes nothing in evaluation', async () => {
    const x = randn([2, 2, 16], { device });
    const [a, b] = [small(), small({ memoryEfficient: true })].map((model) =>
      model.eval().forward(x),
    );
    expect(await a!.data()).toEqual(await b!.data());
  });
});

test('dropRate drops in training only', async () => {
  const model = small({ dropRate: 0.5 });
  const x = randn([4, 2, 16], { device });
  const twice = (): Promise<unknown[]> =>
    Promise.all([model.forward(x).data(), model.forward(x).data()]);
  const [first, second] = await twice();
  expect(first).not.toEqual(second);
  model.eval();
  const [third, fourth] = await twice();
  expect(third).toEqual(fourth);
});

test('growthRate, bnSize and numInitFeatures are those of the paper', () => {
  const shapes = densenet
    .densenet121({ growthRate: 12, numInitFeatures: 24, bnSize: 2 })
    .stateDict();
  expect(shapes.get('features.conv0.weight')?.shape).toEqual([24, 3, 7, 7]);
  expect(shapes.get('features.denseblock1.denselayer2.conv1.weight')?.shape).toEqual([
    24, 36, 1, 1,
  ]);
  expect(shapes.get('features.denseblock1.denselayer2.conv2.weight')?.shape).toEqual([
    12, 24, 3, 3,
  ]);
});

test('the cifar stem keeps the extent', () => {
  expect(evalShape(densenet.densenet121({ stem: 'cifar' }), [1, 3, 8, 8])).toEqual([1, 1000]);
});
