import { wasm } from '@convnet/backend-wasm';
import {
  BatchNorm,
  compile,
  Conv2d,
  Linear,
  MaxPool,
  Module,
  ReLU,
  Sequential,
  type CompiledModel,
} from '@convnet/layers';
import { Adam, ExponentialMovingAverage, LAMB, SGD, type Optimizer } from '@convnet/optim';
import {
  crossEntropy,
  DeviceError,
  flatten,
  manualSeed,
  noGrad,
  randn,
  scope,
  tensor,
  zeros,
  type Device,
  type Tensor,
} from '@convnet/tensor-core';
import { reference } from '@convnet/tensor-core/reference';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

/** A batch norm that is used twice, convolutions that keep a packed form of their weights. */
class Net extends Module {
  stem: Sequential;
  second: Conv2d;
  head: Linear;

  constructor(device: Device) {
    super();
    const norm = new BatchNorm(2, 8, { device });
    this.stem = new Sequential([
      new Conv2d(1, 8, 3, { device, padding: 1, bias: false }),
      norm,
      new ReLU(),
      new Conv2d(8, 8, 3, { device, padding: 1 }),
      norm,
      new MaxPool(2, 2),
    ]);
    this.second = new Conv2d(8, 8, 3, { device, padding: 1 });
    this.head = new Linear(8 * 9, 3, { device });
  }

  override forward(x: Tensor): Tensor {
    return this.head.forward(flatten(this.second.forward(this.stem.forward(x)), 1));
  }
}

function step(model: Module, optimizer: Optimizer): void {
  scope(() => {
    const { device } = model.parameters()[0]!;
    const labels = tensor([0, 1, 2, 1], { device, dtype: 'int32' });
    optimizer.zeroGrad();
    crossEntropy(model.train().forward(randn([4, 1, 6, 6], { device })), labels).backward();
    optimizer.step();
  });
}

async function expectEqual(compiled: CompiledModel, model: Module, x: Tensor): Promise<void> {
  const eager = noGrad(() => model.eval().forward(x));
  const y = await eager.data();
  const z = await compiled.forward(x).data();
  for (const [i, value] of y.entries()) expect(z[i]).toBeCloseTo(value, 4);
}

describe.each<[string, () => Promise<Device>]>([
  ['reference', async () => Promise.resolve(reference())],
  ['wasm, 1 thread', () => wasm({ threads: 1 })],
  ['wasm, 2 threads', () => wasm({ threads: 2 })],
])('a compiled model and its training on %s', (_, open) => {
  let device: Device;
  beforeAll(async () => {
    manualSeed(2);
    device = await open();
  });
  afterAll(() => device.dispose());

  test('compile, step, average, load, save, in every order', async () => {
    const model = new Net(device);
    const optimizer = new SGD(model.parameters(), { learningRate: 0.05, momentum: 0.9 });
    const average = new ExponentialMovingAverage(model.stateDict().values(), { decay: 0.5 });
    const [x, one] = [randn([4, 1, 6, 6], { device }), randn([1, 1, 6, 6], { device })];
    const [compiled, other] = [compile(model, [4, 1, 6, 6]), compile(model, [1, 1, 6, 6])];
    const check = async (): Promise<void> => {
      await expectEqual(compiled, model, x);
      await expectEqual(compiled, model, one);
      await expectEqual(other, model, one);
    };
    await check();
    for (let round = 0; round < 2; round++) {
      step(model, optimizer);
      average.update();
      await check();
      const inside = await average.with(async () => {
        await check();
        return compiled.forward(x).data();
      });
      expect(await compiled.forward(x).data()).not.toEqual(inside);
      await check();
      const next = new Net(device);
      void model.loadStateDict(next.stateDict());
      await check();
      await model.loadStateDict(new Net(reference()).stateDict());
      await check();
    }
    compiled.dispose();
    step(model, new LAMB(model.parameters(), { learningRate: 0.01 }));
    await expectEqual(other, model, one);
  });

  test('a model that moves after a step wants a new optimiser, and writes nothing meanwhile', async () => {
    const there = await open();
    const model = new Net(device);
    const optimizer = new Adam(model.parameters());
    const compiled = compile(model, [1, 1, 6, 6]);
    step(model, optimizer);
    await model.to(there);
    const gradients = model.parameters().map((p) => p.grad!.device);
    expect(gradients.every((of) => of === there)).toBe(true);
    const bystanders = Array.from({ length: 200 }, () => zeros([101], { device: there }));
    expect(() => step(model, optimizer)).toThrow(DeviceError);
    for (const bystander of bystanders) {
      expect((await bystander.data()).every((value) => value === 0)).toBe(true);
    }
    const before = await model.head.weight.data();
    step(model, new Adam(model.parameters()));
    expect(await model.head.weight.data()).not.toEqual(before);
    await expectEqual(compiled, model, randn([1, 1, 6, 6], { device: there }));
    there.dispose();
  });

  test('gradients add up across a move', async () => {
    const there = await open();
    const [moving, staying] = [new Net(device), new Net(device)];
    await staying.loadStateDict(moving.stateDict());
    const values = await randn([4, 1, 6, 6], { device }).data();
    const accumulate = (model: Net, on: Device): void =>
      scope(() => {
        const labels = tensor([0, 1, 2, 1], { device: on, dtype: 'int32' });
        const x = tensor(values, [4, 1, 6, 6], { device: on });
        crossEntropy(model.forward(x), labels).backward();
      });
    accumulate(moving, device);
    await moving.to(there);
    accumulate(moving, there);
    accumulate(staying, device);
    accumulate(staying, device);
    const [a, b] = [moving.head.weight.grad!, staying.head.weight.grad!];
    const expected = await b.data();
    for (const [i, value] of (await a.data()).entries()) {
      expect(value).toBeCloseTo(expected[i]!, 4);
    }
    there.dispose();
  });
});
