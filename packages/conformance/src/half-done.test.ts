import { expect, test } from 'vitest';
import {
  add,
  AutogradError,
  captureGraph,
  checkpoint,
  exp,
  Generator,
  GraphRunner,
  instanceNorm,
  keep,
  mul,
  ones,
  OutOfMemoryError,
  randn,
  scope,
  square,
  sum,
  tensor,
  zeros,
  type Tensor,
} from '@convnet/tensor-core';

import { failEverywhere, failingDevice } from './failing-device.ts';

const wholes: readonly (readonly [string, (a: Tensor, b: Tensor, c: Tensor) => Tensor])[] = [
  ['a graph', (a, b, c) => sum(mul(add(exp(a), b), add(square(c), mul(a, b))))],
  [
    'a graph with a checkpoint',
    (a, b, c) =>
      sum(
        add(
          mul(a, b),
          checkpoint((x) => mul(exp(x), c), square(a)),
        ),
      ),
  ],
];

test.each(wholes)(
  'backward through %s that fails changes no gradient and holds nothing',
  async (_, body) => {
    const failing = failingDevice();
    const { device } = failing;
    const leaves = [0.1, 0.2, 0.3].map((v) => tensor([v, v], { device, requiresGrad: true }));
    const [a, b, c] = leaves as [Tensor, Tensor, Tensor];
    const before = device.liveBuffers;
    // The second leaf has a gradient already, to which more is added.
    b.grad = keep(ones([2], { device }));
    const failures = await failEverywhere(
      failing,
      (arm) =>
        scope(() => {
          const loss = body(a, b, c);
          arm();
          loss.backward();
        }),
      () => {
        expect([a.grad, c.grad]).toEqual([null, null]);
        expect(device.liveBuffers).toBe(before + 1);
      },
    );
    expect(failures).toBeGreaterThan(6);
    expect([...leaves.keys()].every((i) => leaves[i]!.grad !== null)).toBe(true);
    // One addition to the ones, by the run that succeeded.
    const added = await b.grad.data();
    b.grad = null;
    scope(() => body(a, b, c).backward());
    expect(added[0]).toBeCloseTo(1 + (await b.grad!.data())[0]!, 6);
  },
);

test('a graph that fails gives back what it has made, inside no scope', async () => {
  const failing = failingDevice();
  const { device } = failing;
  const runner = new GraphRunner(
    captureGraph((input) => exp(add(exp(input), input)), [{ shape: [2], dtype: 'float32' }]),
    device,
  );
  const input = tensor([3, 3], { device });
  const failures = await failEverywhere(
    failing,
    (arm) => {
      arm();
      runner.run([input])[0]!.dispose();
    },
    () => expect(device.liveBuffers).toBe(1),
  );
  expect(failures).toBe(3);
});

test('instance norm that fails moves neither of its statistics', async () => {
  const failing = failingDevice();
  const { device } = failing;
  const x = tensor([1, 2, 3, 4, 5, 6, 7, 9], [2, 2, 2], { device });
  const [mean, variance] = [zeros([2], { device }), ones([2], { device })];
  const state = { weight: null, bias: null, runningMean: mean, runningVar: variance };
  const failures = await failEverywhere(
    failing,
    (arm) => {
      arm();
      instanceNorm(x, state).dispose();
    },
    () => expect([mean.storage.version, variance.storage.version]).toEqual([0, 0]),
  );
  expect(failures).toBeGreaterThan(4);
  expect([mean.storage.version, variance.storage.version]).toEqual([1, 1]);
});

test('a tensor that cannot be made draws no random numbers and holds nothing', async () => {
  const failing = failingDevice();
  const { device } = failing;
  const generator = new Generator(3);
  failing.failAfter(0);
  expect(() => randn([5], { device, generator })).toThrow(OutOfMemoryError);
  const first = await randn([5], { device, generator }).data();
  expect(first).toEqual(await randn([5], { device, generator: new Generator(3) }).data());
  const before = device.liveBuffers;
  const options = { device, dtype: 'int32', requiresGrad: true } as const;
  expect(() => zeros([2], options)).toThrow(AutogradError);
  expect(device.liveBuffers).toBe(before);
});
