import {
  add,
  conv,
  manualSeed,
  mul,
  noGrad,
  openScope,
  randn,
  relu,
  tensor,
  captureGraph,
  fuse,
  GraphRunner,
  type ConvOptions,
  type Device,
  type Tensor,
} from '@convnet/tensor-core';
import { reference } from '@convnet/tensor-core/reference';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { wasm } from '../loader.ts';
import { optimizeAtOnce } from '../testing/optimize-at-once.ts';
import { winogradTile, type WinogradTile } from './winograd.ts';

optimizeAtOnce();

const plain = { groups: 1, stride: [1, 1], dilation: [1, 1], padBegin: [1, 1], padEnd: [1, 1] };

describe('winogradTile', () => {
  test('takes the larger tile where it saves products, the smaller where weights are many', () => {
    expect(winogradTile([64, 64, 3, 3], [1, 64, 56, 56], plain, true)).toBe(4);
    expect(winogradTile([512, 512, 3, 3], [1, 512, 7, 7], plain, true)).toBe(2);
    expect(winogradTile([512, 512, 3, 3], [1, 512, 28, 28], plain, true)).toBe(2);
    expect(winogradTile([64, 64, 3], [8, 64, 1000], { ...plain, stride: [1] }, true)).toBe(4);
  });

  test.each([
    ['strides', [64, 64, 3, 3], [1, 64, 56, 56], { ...plain, stride: [2, 2] }],
    ['dilation', [64, 64, 3, 3], [1, 64, 56, 56], { ...plain, dilation: [1, 2] }],
    ['groups', [64, 32, 3, 3], [1, 64, 56, 56], { ...plain, groups: 2 }],
    ['other kernels', [64, 64, 3, 1], [1, 64, 56, 56], plain],
    ['few channels', [64, 3, 3, 3], [1, 64, 56, 56], plain],
    ['volumes', [64, 64, 3, 3, 3], [1, 64, 9, 9, 9], plain],
    ['a single pixel', [64, 64, 3, 3], [1, 64, 1, 1], plain],
  ])('%s go the direct way', (_, weight, output, geometry) => {
    expect(winogradTile(weight, output, geometry, true)).toBe(0);
  });
});

interface Case {
  readonly input: readonly number[];
  readonly weight: readonly number[];
  readonly options: ConvOptions;
  readonly tile: WinogradTile;
}

const cases: readonly Case[] = [
  { input: [2, 32, 13, 9], weight: [36, 32, 3, 3], options: { padding: 1 }, tile: 4 },
  { input: [1, 128, 7, 7], weight: [128, 128, 3, 3], options: { padding: 1 }, tile: 2 },
  { input: [1, 64, 12, 11], weight: [28, 64, 3, 3], options: {}, tile: 2 },
  { input: [3, 48, 50], weight: [48, 48, 3], options: { padding: 1 }, tile: 4 },
  { input: [1, 32, 6, 30], weight: [32, 32, 1, 3], options: { padding: [0, 1] }, tile: 4 },
  { input: [1, 36, 20, 21], weight: [32, 36, 3, 3], options: { padding: 2 }, tile: 4 },
  // More channels than one block of the sum.
  { input: [1, 648, 9, 9], weight: [24, 648, 3, 3], options: { padding: 1 }, tile: 2 },
];

const nameOf = ({ input, weight }: Case): string => `[${input}] by [${weight}]`;

/** relu(conv(x) + residual), compiled, so that the weights are kept and the epilogue is fused. */
function compiled(
  { input, options }: Case,
  weight: Tensor,
  bias: Tensor,
  outputShape: readonly number[],
): (x: Tensor, residual: Tensor) => Tensor {
  const graph = captureGraph(
    (x, residual) => relu(add(conv(x, weight, bias, options), residual)),
    [
      { shape: input, dtype: 'float32' },
      { shape: outputShape, dtype: 'float32' },
    ],
  );
  const runner = new GraphRunner(fuse(graph, ['conv']), weight.device);
  return (x, residual) => runner.run([x, residual])[0]!;
}

describe.each([
  ['simd', 1, false],
  ['relaxed', 1, false],
  ['relaxed', 2, true],
] as const)(
  'winograd on the %s build, %i threads, revectorize %s',
  (build, threads, revectorize) => {
    let device: Device;
    beforeAll(async () => {
      device = await wasm({ build, threads, revectorize });
    });
    afterAll(() => device.dispose());

    test.each(cases.map((entry) => [nameOf(entry), entry] as const))('%s', async (_, entry) => {
      using __ = openScope();
      const exact = reference();
      manualSeed(3);
      const x = randn(entry.input, { device: exact });
      const weight = randn(entry.weight, { device: exact });
      const bias = randn([entry.weight[0]!], { device: exact });
      const plainOutput = noGrad(() => conv(x, weight, bias, entry.options));
      const geometry = { ...plain, stride: entry.weight.slice(2).map(() => 1) };
      expect(winogradTile(entry.weight, plainOutput.shape, geometry, true)).toBe(entry.tile);
      const residual = randn(plainOutput.shape, { device: exact });
      const expected = await noGrad(() => relu(add(plainOutput, residual))).data();

      const here = async (t: Tensor): Promise<Tensor> =>
        tensor(await t.data(), t.shape, { device });
      const run = compiled(entry, await here(weight), await here(bias), plainOutput.shape);
      const [xHere, residualHere] = [await here(x), await here(residual)];
      const scale = Math.max(...expected);
      // Twice: with the weights packed in the call, and kept from it.
      for (let i = 0; i < 2; i++) {
        const actual = await run(xHere, residualHere).data();
        const worst = Math.max(...expected.map((value, k) => Math.abs(value - actual[k]!)));
        expect(worst / scale).toBeLessThan(2e-5);
      }
    });
  },
);

interface TrainingCase {
  readonly input: readonly number[];
  readonly weight: readonly number[];
  readonly options: ConvOptions;
}

const trainingCases: readonly TrainingCase[] = [
  { input: [6, 32, 13, 9], weight: [36, 32, 3, 3], options: { padding: 1 } },
  { input: [8, 64, 8, 8], weight: [64, 64, 3, 3], options: { padding: 1 } },
  { input: [3, 64, 12, 11], weight: [28, 64, 3, 3], options: {} },
  { input: [1, 36, 20, 21], weight: [32, 36, 3, 3], options: { padding: 2 } },
  { input: [16, 48, 50], weight: [48, 48, 3], options: { padding: 1 } },
  { input: [8, 32, 6, 30], weight: [32, 32, 1, 3], options: { padding: [0, 1] } },
];

/** Output, gradient of the input and gradient of the weight. */
async function trainingStep(
  { input, weight, options }: TrainingCase,
  device: Device,
): Promise<Float32Array[]> {
  using _ = openScope();
  manualSeed(6);
  const x = randn(input, { device, requiresGrad: true });
  const w = randn(weight, { device, requiresGrad: true });
  const y = conv(x, w, null, options);
  y.backward(randn(y.shape, { device }));
  return (await Promise.all([y.data(), x.grad!.data(), w.grad!.data()])) as Float32Array[];
}

describe.each([
  ['simd', 1],
  ['relaxed', 1],
  ['relaxed', 2],
] as const)('training on the %s build, %i threads', (build, threads) => {
  let device: Device;
  beforeAll(async () => {
    device = await wasm({ build, threads });
  });
  afterAll(() => device.dispose());

  test.each(
    trainingCases.map((entry) => [`[${entry.input}] by [${entry.weight}]`, entry] as const),
  )('%s', async (_, entry) => {
    const expected = await trainingStep(entry, reference());
    const actual = await trainingStep(entry, device);
    expected.forEach((values, which) => {
      const scale = Math.max(...values.map(Math.abs));
      const worst = Math.max(...values.map((v, k) => Math.abs(v - actual[which]![k]!)));
      expect(worst / scale).toBeLessThan(3e-6);
    });
  });
});

test('training goes by Winograd too, by small tiles in 2D', () => {
  const tileOf = (weight: readonly number[], output: readonly number[]): WinogradTile =>
    winogradTile(weight, output, { ...plain, stride: output.slice(2).map(() => 1) }, false);
  for (const { input, weight } of trainingCases) {
    const [outputs, inputs] = weight;
    const backwards = [inputs!, outputs!, ...weight.slice(2)];
    expect(tileOf(backwards, input)).toBe(weight.length === 4 && weight[2] === 3 ? 2 : 4);
  }
});

test('the number of threads does not change a bit', async () => {
  const outputs: Float32Array[] = [];
  for (const threads of [1, 2]) {
    const device = await wasm({ threads });
    using _ = openScope();
    manualSeed(4);
    const x = randn([1, 32, 28, 28], { device });
    const weight = mul(randn([64, 32, 3, 3], { device }), 0.1);
    device.kernels.willReuse?.(weight);
    outputs.push(
      (await noGrad(() => conv(x, weight, null, { padding: 1 })).data()) as Float32Array,
    );
    device.dispose();
  }
  expect(outputs[1]).toEqual(outputs[0]);
});
