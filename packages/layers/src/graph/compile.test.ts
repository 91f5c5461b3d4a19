import { add, manualSeed, noGrad, randn, type Tensor } from '@convnet/tensor-core';
import { reference } from '@convnet/tensor-core/reference';
import { expect, test } from 'vitest';

import {
  BatchNorm,
  compile,
  Conv2d,
  Dropout,
  Linear,
  MaxPool,
  Module,
  ReLU,
  Sequential,
  type CompileOptions,
} from '../index.ts';
import { flatten } from '@convnet/tensor-core';

const device = reference();

/** A residual block behind a stem, and a classifier: everything that compile rewrites. */
class Net extends Module {
  stem: Sequential;
  conv1: Conv2d;
  bn1: BatchNorm;
  conv2: Conv2d;
  bn2: BatchNorm;
  shortcut: Sequential;
  relu: ReLU;
  classifier: Sequential;

  constructor() {
    super();
    const here = { device };
    this.stem = new Sequential([
      new Conv2d(2, 4, 3, here),
      new BatchNorm(2, 4, here),
      new MaxPool(2, 2),
    ]);
    this.conv1 = new Conv2d(4, 6, 3, { ...here, padding: 1, bias: false });
    this.bn1 = new BatchNorm(2, 6, here);
    this.conv2 = new Conv2d(6, 6, 3, { ...here, padding: 1, bias: false });
    this.bn2 = new BatchNorm(2, 6, here);
    this.shortcut = new Sequential([new Conv2d(4, 6, 1, here), new BatchNorm(2, 6, here)]);
    this.relu = new ReLU();
    this.classifier = new Sequential([new Dropout(0.5), new Linear(6 * 9, 3, here)]);
  }

  override forward(x: Tensor): Tensor {
    const y = this.stem.forward(x);
    const z = this.relu.forward(this.bn1.forward(this.conv1.forward(y)));
    const sum = add(this.bn2.forward(this.conv2.forward(z)), this.shortcut.forward(y));
    return this.classifier.forward(flatten(this.relu.forward(sum), 1));
  }
}

function trained(): Net {
  manualSeed(11);
  const net = new Net();
  for (let i = 0; i < 5; i++) noGrad(() => net.forward(randn([4, 2, 8, 8], { device })));
  return net.eval();
}

async function largestDifference(a: Tensor, b: Tensor): Promise<number> {
  const [x, y] = [await a.data(), await b.data()];
  return Math.max(...Array.from(x, (v, i) => Math.abs(v - y[i]!)));
}

test('gives the numbers of evaluation mode with fewer steps', async () => {
  const net = trained();
  const compiled = compile(net, [1, 2, 8, 8]);
  const names = compiled.graph.steps.map((step) => step.operation.name);
  expect(names.toSorted()).toEqual(
    ['conv', 'conv', 'fusedConv', 'fusedConv', 'matmul', 'maxPool', 'reshape'].toSorted(),
  );
  const x = randn([1, 2, 8, 8], { device });
  const difference = await largestDifference(
    compiled.forward(x),
    noGrad(() => net.forward(x)),
  );
  expect(difference).toBeLessThan(1e-4);
});

test('takes any batch, shares folded weights, and holds nothing between calls', async () => {
  const net = trained();
  const before = device.liveBuffers;
  const compiled = compile(net, [1, 2, 8, 8]);
  const folded = device.liveBuffers - before;
  expect(folded).toBe(8);
  const x = randn([5, 2, 8, 8], { device });
  const y = compiled.forward(x);
  expect(
    await largestDifference(
      y,
      noGrad(() => net.forward(x)),
    ),
  ).toBeLessThan(1e-4);
  y.dispose();
  x.dispose();
  compiled.dispose();
  expect(device.liveBuffers).toBeLessThanOrEqual(before + 1);
});

test('keeps the shapes used last ready, up to its limit, and says which', async () => {
  const net = new Sequential([new Conv2d(1, 2, 3, { device }), new ReLU()]);
  const compiled = compile(net, [1, 1, 5, 5], { limit: 2 });
  const run = (batch: number): Tensor => compiled.forward(randn([batch, 1, 5, 5], { device }));
  const batches = (): number[] => compiled.shapes.map(([batch]) => batch!);
  expect(batches()).toEqual([1]);
  run(2);
  run(1);
  run(3);
  expect(batches()).toEqual([1, 3]);
  await compiled.ready;
  const x = randn([2, 1, 5, 5], { device });
  expect(await compiled.forward(x).data()).toEqual(await net.forward(x).data());
  expect(batches()).toEqual([3, 2]);
  expect(String(compiled)).toMatch(/ready for \[2, 1, 5, 5\], \[1, 1, 5, 5\]$/);
  compiled.dispose();
  expect(batches()).toEqual([]);
});

test('joins nothing where it is told so', () => {
  const net = new Sequential([new Conv2d(1, 2, 3, { device }), new ReLU()]);
  const apart = compile(net, [1, 1, 5, 5], { fuse: false });
  expect(apart.graph.steps.map(({ operation }) => operation.name)).toEqual(['conv', 'relu']);
});

test('options are known and in range', () => {
  const net = new Sequential([new Conv2d(1, 2, 3, { device })]);
  for (const [options, message] of [
    [{ limt: 2 }, /did you mean 'limit'/],
    [{ limit: 0 }, /expected limit as an integer ≥ 1, got 0/],
    [{ limit: '3' }, /limit/],
    [{ fuse: 1 }, /expected fuse as true or false, got 1/],
  ] as const) {
    expect(() => compile(net, [1, 1, 5, 5], options as CompileOptions)).toThrow(message);
  }
});

test('leaves the mode of the model alone', () => {
  const net = trained().train();
  compile(net, [1, 2, 8, 8]);
  expect(net.training).toBe(true);
  expect(net.bn1.training).toBe(true);
});

test('prints one step a line with the paths of the weights', () => {
  const lines = String(
    compile(new Sequential([new Conv2d(1, 2, 3, { device }), new ReLU()]), [1, 1, 5, 5]),
  ).split('\n');
  expect(lines).toHaveLength(4);
  expect(lines[0]).toBe('input %0: [1, 1, 5, 5]');
  expect(lines[1]).toMatch(
    /^%1 = fusedConv\(%0, 0\.weight, 0\.bias, none\) \{.*name: relu.*\} -> \[1, 2, 3, 3\]$/,
  );
  expect(lines[2]).toBe('output %1');
  expect(lines[3]).toBe('ready for [1, 1, 5, 5]');
});

test('a model without a device says how to get one', () => {
  expect(() => compile(new Sequential([new Conv2d(1, 1, 1)]), [1, 1, 1, 1])).toThrow(
    'compile: the model has no weights on a device',
  );
});
