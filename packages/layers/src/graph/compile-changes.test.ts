import { wasm } from '@convnet/backend-wasm';
import {
  adamNumbers,
  adamStep,
  add,
  assign,
  blend,
  clone,
  DeviceError,
  DisposedError,
  DTypeError,
  flatten,
  manualSeed,
  mul,
  noGrad,
  ones,
  randn,
  ReleasedTensorError,
  scope,
  sgdStep,
  square,
  sum,
  tensor,
  type Device,
  type Tensor,
} from '@convnet/tensor-core';
import { failEverywhere, failingDevice } from '@convnet/conformance';
import { reference } from '@convnet/tensor-core/reference';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import {
  BatchNorm,
  compile,
  Conv2d,
  Dropout,
  Linear,
  Module,
  Parameter,
  ReLU,
  Sequential,
  type CompiledModel,
} from '../index.ts';

/** Convolutions with batch norm behind them and without, depthwise, and large enough for Winograd's; a classifier. */
class Net extends Module {
  conv1: Conv2d;
  bn1: BatchNorm;
  conv2: Conv2d;
  deep: Conv2d;
  bn2: BatchNorm;
  relu: ReLU | null = new ReLU();
  drop: Dropout = new Dropout(0.5);
  fc: Linear;
  scale: Tensor;

  // Enough channels for Winograd's tiles on wasm; few for the reference, which is slow.
  constructor(device: Device, width = device.name === 'reference' ? 4 : 32) {
    super();
    this.conv1 = new Conv2d(3, width, 3, { device, padding: 1 });
    this.bn1 = new BatchNorm(2, width, { device });
    this.conv2 = new Conv2d(width, width, 3, { device, padding: 1, bias: false });
    this.deep = new Conv2d(width, width, 3, { device, padding: 1, groups: width, bias: false });
    this.bn2 = new BatchNorm(2, width, { device });
    this.fc = new Linear(width * 36, 5, { device });
    this.scale = ones([1], { device });
  }

  override forward(x: Tensor): Tensor {
    const y = this.bn1.forward(this.conv1.forward(x));
    const z = this.conv2.forward(this.relu === null ? y : this.relu.forward(y));
    const sum = add(this.bn2.forward(this.deep.forward(z)), y);
    return mul(this.fc.forward(this.drop.forward(flatten(sum, 1))), this.scale);
  }
}

function made(device: Device): Net {
  manualSeed(5);
  const net = new Net(device);
  for (let i = 0; i < 3; i++) train(net);
  return net;
}

/** Moves every weight, and the running statistics, by a step of gradient descent. */
function train(net: Module): void {
  const { device } = net.parameters()[0]!;
  scope(() => {
    sum(square(net.train().forward(randn([4, 3, 6, 6], { device })))).backward();
    for (const p of net.parameters()) {
      const step = {
        momentum: 0,
        dampening: 0,
        weightDecay: 0,
        nesterov: false,
        maximize: false,
        first: true,
      };
      sgdStep(p, p.grad!, null, step, 1e-4);
    }
  });
  net.zeroGrad();
}

/** Largest difference between what is compiled and the model in evaluation mode, relative to the outputs. */
async function difference(compiled: CompiledModel, net: Module, x: Tensor): Promise<number> {
  const modes = Array.from(net.namedModules(), ([, module]) => [module, module.training] as const);
  const eager = noGrad(() => net.eval().forward(x));
  for (const [module, training] of modes) module.training = training;
  const ready = compiled.forward(x);
  const [y, z] = [await eager.data(), await ready.data()];
  eager.dispose();
  ready.dispose();
  const scale = Math.max(...Array.from(y, Math.abs));
  return Math.max(...Array.from(y, (value, i) => Math.abs(value - z[i]!))) / scale;
}

/** What may change behind the back of a compiled model, each by itself. */
const changes: readonly (readonly [string, (net: Net) => unknown])[] = [
  ['a training step', (net) => train(net)],
  ['weights that are loaded', (net) => net.loadStateDict(new Net(net.scale.device).stateDict())],
  [
    'weights that are loaded from another device',
    (net) => net.loadStateDict(new Net(reference(), net.bn1.numFeatures).stateDict()),
  ],
  [
    'an Adam step',
    (net) => {
      const { weight } = net.conv1;
      const [gradient, mean, square] = [1, 0, 0].map((v) =>
        mul(ones(weight.shape, { device: weight.device }), v),
      );
      const decay = { beta1: 0.9, beta2: 0.99, epsilon: 1e-8, weightDecay: 0 };
      const step = { ...decay, decoupled: false, maximize: false };
      adamStep(weight, gradient!, mean!, square!, step, adamNumbers(step, 0.1, 1));
    },
  ],
  [
    'assign to a folded weight',
    ({ conv1 }) => assign(conv1.weight, ones(conv1.weight.shape, { device: conv1.weight.device })),
  ],
  [
    'assign to its bias',
    ({ conv1 }) => assign(conv1.bias!, ones(conv1.bias!.shape, { device: conv1.bias!.device })),
  ],
  ['blend into a plain weight', ({ conv2 }) => blend(conv2.weight, clone(conv2.weight), 1, 2)],
  ['blend into a depthwise weight', ({ deep }) => blend(deep.weight, clone(deep.weight), 1, 2)],
  [
    'running statistics',
    (net) => noGrad(() => net.train().forward(randn([4, 3, 6, 6], { device: net.scale.device }))),
  ],
  [
    'a scale of batch norm',
    ({ bn2 }) => assign(bn2.weight!, randn(bn2.weight!.shape, { device: bn2.weight!.device })),
  ],
  [
    'a shift of batch norm',
    ({ bn2 }) => assign(bn2.bias!, randn(bn2.bias!.shape, { device: bn2.bias!.device })),
  ],
  [
    'weights that are drawn anew',
    ({ conv2, bn1 }) => [conv2.weight.initialize(), bn1.running_var!.initialize()],
  ],
  [
    'weights that are exchanged',
    ({ conv2 }) =>
      conv2.weight.exchangeWith(randn(conv2.weight.shape, { device: conv2.weight.device })),
  ],
  ['a classifier', ({ fc }) => assign(fc.bias!, randn([5], { device: fc.bias!.device }))],
  [
    'a layer that is replaced',
    (net) => {
      const channels = net.bn1.numFeatures;
      net.conv2 = new Conv2d(channels, channels, 1, { device: net.scale.device });
    },
  ],
  [
    'a weight that is replaced',
    ({ conv1 }) => {
      conv1.weight = new Parameter(
        conv1.weight.shape,
        (shape, on) => randn(shape, { device: on }),
        conv1.weight.device,
      );
    },
  ],
  [
    'a layer that is left out',
    (net) => {
      net.relu = null;
    },
  ],
  [
    'an option',
    ({ bn1 }) => {
      Object.assign(bn1, { epsilon: 2 });
    },
  ],
  [
    'a tensor that is no parameter',
    (net) => {
      net.scale = tensor([3], { device: net.scale.device });
    },
  ],
  ['the mode', (net) => net.train()],
  ['the mode of one layer', (net) => net.bn1.train()],
];

describe.each<[string, () => Promise<Device>]>([
  ['reference', async () => Promise.resolve(reference())],
  ['wasm, 1 thread', () => wasm({ threads: 1 })],
  ['wasm, 2 threads', () => wasm({ threads: 2 })],
])('on %s', (_, open) => {
  let device: Device;
  let x: Tensor;
  beforeAll(async () => {
    device = await open();
    x = randn([2, 3, 6, 6], { device });
  });
  afterAll(() => device.dispose());

  test.each(changes)('%s behind a compiled model is seen by its next call', async (__, change) => {
    const net = made(device);
    const compiled = compile(net, [2, 3, 6, 6]);
    expect(await difference(compiled, net, x)).toBeLessThan(1e-4);
    await change(net);
    expect(await difference(compiled, net, x)).toBeLessThan(1e-4);
    expect(await difference(compiled, net, x)).toBeLessThan(1e-4);
  });

  test('one after the other, for two shapes and two compiled models of one network', async () => {
    const net = made(device);
    const other = randn([1, 3, 6, 6], { device });
    const [one, two] = [compile(net, [2, 3, 6, 6]), compile(net, [1, 3, 6, 6])];
    for (const [, change] of changes) {
      await change(net);
      expect(await difference(one, net, x)).toBeLessThan(1e-4);
      expect(await difference(one, net, other)).toBeLessThan(1e-4);
      expect(await difference(two, net, other)).toBeLessThan(1e-4);
    }
    one.dispose();
    train(net);
    expect(await difference(two, net, x)).toBeLessThan(1e-4);
  });

  test('nothing is folded again where nothing has changed', () => {
    const net = made(device);
    const compiled = compile(net, [2, 3, 6, 6]);
    const written = (): number[] =>
      compiled.graph.steps.flatMap(({ inputs }) =>
        inputs.flatMap((input) => (input?.constant ? [input.constant.storage.version] : [])),
      );
    const before = written();
    const { graph } = compiled;
    for (let i = 0; i < 3; i++) compiled.forward(x).dispose();
    expect(written()).toEqual(before);
    train(net);
    compiled.forward(x).dispose();
    expect(written()).not.toEqual(before);
    expect(compiled.graph).toBe(graph);
  });

  test('disposed of, it holds nothing and says so', async () => {
    const net = made(device);
    const held = (): number[] => [device.liveBuffers, device.memory().live];
    const before = held();
    const compiled = compile(net, [2, 3, 6, 6]);
    const second = compile(net, [2, 3, 6, 6]);
    compiled.forward(x).dispose();
    second.forward(x).dispose();
    compiled.dispose();
    compiled.dispose();
    expect(() => compiled.forward(x)).toThrow(DisposedError);
    expect(() => compiled.graph).toThrow(
      'compiled Net: it was disposed of; compile the model again',
    );
    expect(() => String(compiled)).toThrow(DisposedError);
    expect(await difference(second, net, x)).toBeLessThan(1e-4);
    second.dispose();
    expect(held()).toEqual(before);
  });

  test('takes what it was compiled for only', () => {
    const net = made(device);
    net.architecture = 'net5';
    const compiled = compile(net, [2, 3, 6, 6]);
    for (const dtype of ['int32', 'uint8', 'float16'] as const) {
      const wrong = tensor(new Float32Array(216), [2, 3, 6, 6], { device, dtype });
      expect(() => compiled.forward(wrong)).toThrow(DTypeError);
      expect(() => compiled.forward(wrong)).toThrow(
        `compiled net5: expected float32 on ${device.name}, got [2, 3, 6, 6] ${dtype}`,
      );
    }
    const away = randn([2, 3, 6, 6], { device: reference() });
    expect(() => compiled.forward(away)).toThrow(DeviceError);
    const gone = randn([2, 3, 6, 6], { device });
    gone.dispose();
    expect(() => compiled.forward(gone)).toThrow(ReleasedTensorError);
    expect(() => compiled.forward(randn([2, 4, 6, 6], { device }))).toThrow(
      'expected input [N, 3, H, W], got [2, 4, 6, 6]',
    );
  });

  test('follows the model to another device', async () => {
    const net = made(device);
    net.scale = ones([1], { device });
    const compiled = compile(net, [2, 3, 6, 6]);
    const buffers = device.liveBuffers;
    const there = reference();
    await net.to(there);
    const y = randn([2, 3, 6, 6], { device: there });
    // A tensor that is no parameter stays behind.
    expect(() => compiled.forward(y)).toThrow(DeviceError);
    net.scale = ones([1], { device: there });
    expect(await difference(compiled, net, y)).toBeLessThan(1e-4);
    expect(() => compiled.forward(x)).toThrow(DeviceError);
    expect(device.liveBuffers).toBeLessThan(buffers - 10);
  });

  test('a model that is gone is an error', () => {
    const net = made(device);
    const compiled = compile(net, [2, 3, 6, 6]);
    net.dispose();
    expect(() => compiled.forward(x)).toThrow(ReleasedTensorError);
  });
});

test('a compilation that fails holds nothing', async () => {
  const failing = failingDevice();
  const { device } = failing;
  const net = new Sequential([
    new Conv2d(1, 2, 1, { device }),
    new BatchNorm(2, 2, { device }),
    new Conv2d(2, 2, 1, { device }),
    new BatchNorm(2, 2, { device }),
  ]);
  const before = device.liveBuffers;
  const failures = await failEverywhere(
    failing,
    (arm) => {
      arm();
      compile(net, [1, 1, 3, 3]).dispose();
    },
    () => expect(device.liveBuffers).toBe(before),
  );
  expect(failures).toBeGreaterThan(10);
});

test('folding anew that fails is done by the next call', async () => {
  const failing = failingDevice();
  const { device } = failing;
  const net = new Sequential([
    new Conv2d(1, 2, 1, { device }),
    new BatchNorm(2, 2, { device }),
    new Conv2d(2, 2, 1, { device }),
    new BatchNorm(2, 2, { device }),
  ]);
  const x = ones([1, 1, 3, 3], { device });
  const compiled = compile(net, [1, 1, 3, 3]);
  for (const layer of [0, 2]) {
    const { weight } = net.getModule(String(layer)) as Conv2d;
    assign(weight, ones(weight.shape, { device }));
  }
  const before = device.liveBuffers;
  await failEverywhere(
    failing,
    (arm) => {
      arm();
      compiled.forward(x).dispose();
    },
    () => expect(device.liveBuffers).toBe(before),
  );
  expect(await difference(compiled, net, x)).toBeLessThan(1e-5);
});

test('convolutions with one weight and biases of their own are folded apart', async () => {
  const device = reference();
  class Tied extends Module {
    readonly a = new Conv2d(1, 2, 1, { device });
    readonly b = new Conv2d(1, 2, 1, { device });
    readonly norm = new BatchNorm(2, 2, { device });

    constructor() {
      super();
      this.b.weight = this.a.weight;
    }

    override forward(x: Tensor): Tensor {
      return add(this.norm.forward(this.a.forward(x)), this.norm.forward(this.b.forward(x)));
    }
  }
  const net = new Tied();
  const compiled = compile(net, [1, 1, 3, 3]);
  expect(await difference(compiled, net, ones([1, 1, 3, 3], { device }))).toBeLessThan(1e-5);
});

test('a forward that counts its calls is not compiled again by them', () => {
  const device = reference();
  class Counting extends Module {
    calls = 0;
    readonly fc = new Linear(2, 2, { device });
    override forward(x: Tensor): Tensor {
      this.calls++;
      return this.fc.forward(x);
    }
  }
  const net = new Counting();
  const compiled = compile(net, [1, 2]);
  const x = ones([1, 2], { device });
  for (let i = 0; i < 3; i++) compiled.forward(x).dispose();
  compiled.forward(ones([2, 2], { device })).dispose();
  compiled.forward(x).dispose();
  expect(net.calls).toBe(2);
});

test('a layer that is replaced in a list is seen', async () => {
  const device = reference();
  const linear = (): Linear => new Linear(2, 2, { device });
  class Blocks extends Module {
    readonly blocks: Linear[] = [linear(), linear()];
    override forward(x: Tensor): Tensor {
      return this.blocks.reduce((y, block) => block.forward(y), x);
    }
    override *namedChildren(): Generator<[string, Linear]> {
      for (const [i, block] of this.blocks.entries()) yield [String(i), block];
    }
  }
  const net = new Blocks();
  const x = ones([1, 2], { device });
  const compiled = compile(net, [1, 2]);
  net.blocks[1] = linear();
  expect(await difference(compiled, net, x)).toBeLessThan(1e-6);
});
