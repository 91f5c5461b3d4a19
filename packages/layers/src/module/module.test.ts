import {
  add,
  cast,
  fromFloat16,
  keep,
  noGrad,
  openScope,
  randn,
  ReleasedTensorError,
  sum,
  toFloat16,
  type Tensor,
} from '@convnet/tensor-core';
import { reference } from '@convnet/tensor-core/reference';
import { describe, expect, test } from 'vitest';

import {
  BatchNorm,
  Conv2d,
  Linear,
  MaxPool,
  Module,
  ModuleList,
  Parameter,
  ReLU,
  Sequential,
  StateDictError,
  type LayerOptions,
} from '../index.ts';

class Residual extends Module {
  conv: Conv2d;
  bn: BatchNorm;
  branches: ModuleList;

  constructor(channels: number, options: LayerOptions = {}) {
    super();
    this.conv = new Conv2d(channels, channels, 3, { ...options, padding: 1, bias: false });
    this.bn = new BatchNorm(2, channels, options);
    this.branches = new ModuleList([new ReLU()]);
  }

  override forward(x: Tensor): Tensor {
    const [branch] = this.branches;
    return add(branch!.forward(this.bn.forward(this.conv.forward(x))), x);
  }
}

const device = reference();

describe('a tree of modules', () => {
  test('names parameters and buffers by property path, in order of definition', () => {
    const model = new Sequential({ stem: new Conv2d(1, 4, 3), block: new Residual(4) });
    expect([...model.stateDict().keys()]).toEqual([
      'stem.weight',
      'stem.bias',
      'block.conv.weight',
      'block.bn.weight',
      'block.bn.bias',
      'block.bn.running_mean',
      'block.bn.running_var',
      'block.bn.num_batches_tracked',
    ]);
    expect([...model.namedBuffers()].map(([path]) => path)).toEqual([
      'block.bn.running_mean',
      'block.bn.running_var',
      'block.bn.num_batches_tracked',
    ]);
    expect(model.parameters()).toHaveLength(5);
  });

  test('counts a module used twice once', () => {
    const shared = new Linear(3, 3);
    const model = new Sequential([shared, new ReLU(), shared]);
    expect(model.parameters()).toHaveLength(2);
    expect([...model.namedModules()]).toHaveLength(3);
  });

  test('prints as PyTorch does', () => {
    const model = new Sequential([
      new Conv2d(3, 64, 7, { stride: 2, padding: 3, bias: false }),
      new BatchNorm(2, 64),
      new ReLU(),
      new MaxPool(2, 3, { stride: 2, padding: 1 }),
    ]);
    expect(String(model)).toBe(
      `Sequential(
  (0): Conv2d(3, 64, kernel_size=(7, 7), stride=(2, 2), padding=(3, 3), bias=False)
  (1): BatchNorm2d(64, eps=1e-05, momentum=0.1, affine=True, track_running_stats=True)
  (2): ReLU()
  (3): MaxPool2d(kernel_size=3, stride=2, padding=1, dilation=1, ceil_mode=False)
)`,
    );
  });

  test('train and eval reach every module; freeze stops gradients by path', () => {
    const model = new Sequential({ a: new Residual(2), b: new Residual(2) });
    model.eval();
    expect([...model.namedModules()].every(([, module]) => !module.training)).toBe(true);
    model.freeze('a');
    const learned = [...model.namedParameters()].filter(([, p]) => p.requiresGrad);
    expect(learned.map(([path]) => path)).toEqual(['b.conv.weight', 'b.bn.weight', 'b.bn.bias']);
    model.unfreeze((path) => path.endsWith('conv.weight'));
    expect(model.getModule('a.conv')).toBeInstanceOf(Conv2d);
    expect(() => model.getModule('a.nothing')).toThrow(
      "no module 'nothing': Residual has conv, bn, branches",
    );
  });
});

describe('memory', () => {
  test('a forward pass gives back all but its result', () => {
    const model = new Sequential({
      a: new Residual(2, { device }),
      b: new Residual(2, { device }),
    });
    using _outer = openScope();
    const x = randn([1, 2, 4, 4], { device });
    const before = device.liveBuffers;
    const y = noGrad(() => model.eval().forward(x));
    expect(device.liveBuffers).toBe(before + 1);
    expect(y.isReleased).toBe(false);
    model.dispose();
  });

  test('what autograd needs lasts until backward, gradients until zeroGrad', () => {
    const model = new Sequential({
      a: new Residual(2, { device }),
      b: new Residual(2, { device }),
    });
    const parameters = model.parameters().length;
    using outer = openScope();
    const x = randn([1, 2, 4, 4], { device });
    const before = device.liveBuffers;
    const loss = sum(model.forward(x));
    expect(device.liveBuffers).toBeGreaterThan(before + 2);
    loss.backward();
    expect(device.liveBuffers).toBe(before + 2 + parameters);
    model.zeroGrad();
    expect(device.liveBuffers).toBe(before + 2);
    outer.close();
    expect(device.liveBuffers).toBe(before - 1);
    model.dispose();
    expect(device.liveBuffers).toBe(0);
  });

  test('hooks see outputs, and keep() holds them', () => {
    const model = new Sequential({
      first: new Linear(2, 3, { device }),
      last: new Linear(3, 1, { device }),
    });
    let feature: Tensor | undefined;
    let lost: Tensor | undefined;
    model.getModule('first').onForward((_, __, output) => {
      feature = keep(output as Tensor);
    });
    model.getModule('last').onForward((_, [input]) => {
      lost = add(input as Tensor, 1);
    });
    noGrad(() => model.forward(randn([4, 2], { device })));
    expect(feature?.shape).toEqual([4, 3]);
    expect(feature?.isReleased).toBe(false);
    expect(() => add(lost!, 1)).toThrow(ReleasedTensorError);
  });
});

describe('errors name the layer', () => {
  test('with the whole path, and what the model was built for', () => {
    const model = new Sequential({ stem: new Conv2d(1, 4, 3, { device }) });
    model.architecture = 'tiny';
    expect(() => model.forward(randn([2, 3, 8, 8], { device }))).toThrow(
      'tiny.stem: expected input [N, 1, H, W], got [2, 3, 8, 8]',
    );
    expect(() => model.forward(randn([2, 1, 8], { device }))).toThrow(
      'tiny.stem: expected input [N, 1, H, W], got [2, 1, 8] (this model was built with dims: 2)',
    );
  });

  test('a forward that waits is refused', async () => {
    class Waiting extends Module<[], Promise<void>> {
      override async forward(): Promise<void> {
        await Promise.reject(new Error('later'));
      }
    }
    const model = new Waiting();
    expect(() => model.forward()).toThrow(
      'Waiting: expected a forward that returns without waiting, got a promise',
    );
    await Promise.resolve();
  });

  test('a model without a device says how to get one', () => {
    const model = new Linear(2, 2);
    expect(() => model.forward(randn([1, 2], { device }))).toThrow(
      'expected all tensors on one device',
    );
  });
});

describe('state dicts', () => {
  test('load from another model, and give the same outputs', async () => {
    const source = new Sequential([new Residual(2, { device })]);
    const target = new Sequential([new Residual(2, { device })]);
    await target.loadStateDict(source.stateDict());
    const x = randn([1, 2, 5, 5], { device });
    expect(await target.forward(x).data()).toEqual(await source.forward(x).data());
  });

  test('list everything that does not fit, and load nothing', async () => {
    const model = new Linear(2, 3, { device });
    const before = await model.weight.data();
    const other = new Sequential([new Linear(2, 3, { device })]);
    const state = new Map<string, Tensor>(other.stateDict());
    state.set('weight', new Linear(4, 3, { device }).weight);
    const failure = await model.loadStateDict(state).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(StateDictError);
    expect((failure as StateDictError).missing).toEqual(['bias']);
    expect((failure as StateDictError).unexpected).toEqual(['0.weight', '0.bias']);
    expect((failure as StateDictError).misshaped).toEqual(['weight: expected [3, 2], got [3, 4]']);
    expect(await model.weight.data()).toEqual(before);
  });

  test('may be kept as float16, and load into float32', async () => {
    const source = new Sequential([new Residual(2, { device })]);
    const small = new Map(
      [...source.stateDict()].map(([key, t]) => [
        key,
        t.dtype === 'float32' ? cast(t.detach(), 'float16') : t,
      ]),
    );
    const target = new Sequential([new Residual(2, { device })]);
    await target.loadStateDict(small);
    const rounded = fromFloat16(
      toFloat16(await source.getModule('0.conv').parameters()[0]!.data()),
    );
    const weight = target.getModule('0.conv').parameters()[0]!;
    expect([weight.dtype, await weight.data()]).toEqual(['float32', rounded]);
    const x = randn([1, 2, 5, 5], { device });
    const expected = await source.forward(x).data();
    (await target.forward(x).data()).forEach((value, i) =>
      expect(Math.abs(value - expected[i]!)).toBeLessThan(5e-3),
    );
  });

  test('a model from the meta device is initialised where it is moved', async () => {
    const model = new Sequential([new Residual(2)]);
    await model.to(device);
    const values = await model.getModule('0.bn').stateDict().get('running_var')!.data();
    expect([...values]).toEqual([1, 1]);
    for (const parameter of model.parameters()) expect(parameter.device).toBe(device);
    expect(model.parameters()[0]).toBeInstanceOf(Parameter);
    expect(model.forward(randn([1, 2, 4, 4], { device })).shape).toEqual([1, 2, 4, 4]);
  });
});
