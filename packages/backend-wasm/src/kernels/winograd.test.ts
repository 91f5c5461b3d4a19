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
  type ConvGeometry,
  type ConvOptions,
  type Device,
  type Tensor,
} from '@convnet/tensor-core';
import { reference } from '@convnet/tensor-core/reference';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { passes, ways } from '../layout.generated.ts';
import { open, wasm, type Opened } from '../loader.ts';
import { optimizeAtOnce } from '@convnet/testing/optimize-at-once';
import { convArguments } from './conv-arguments.ts';

optimizeAtOnce();

const plain = { groups: 1, stride: [1, 1], dilation: [1, 1], padBegin: [1, 1], padEnd: [1, 1] };

type Way = keyof typeof ways;

/** The way that a convolution goes whose input, and for the gradient of the input whose output, has these extents. */
function wayOf(
  { machine }: Opened,
  weight: readonly number[],
  output: readonly number[],
  geometry: ConvGeometry,
  keeps: boolean,
  pass: keyof typeof passes = 'forward',
): Way {
  const { groups, stride, dilation, padBegin } = geometry;
  const [outputs, inputs] = [weight[0]!, weight[1]! * groups];
  const input = output.slice(2).map((extent, i) => {
    const reach = (weight[i + 2]! - 1) * dilation[i]! + 1;
    return (extent - 1) * stride[i]! + reach - 2 * padBegin[i]!;
  });
  const ofInput = [output[0]!, inputs, ...input];
  const ofOutput = [output[0]!, outputs, ...output.slice(2)];
  const args = convArguments(machine);
  args.writeSizes(ofInput, weight, ofOutput, geometry);
  args.writeAddresses(0, 0, 0, 0);
  if (keeps) args.keepWeights();
  const number = machine.convolutionWay(passes[pass]);
  return Object.entries(ways).find(([, other]) => other === number)![0] as Way;
}

describe('the way of a convolution', () => {
  let opened: Opened;
  beforeAll(async () => {
    opened = await open({ threads: 1 });
  });
  afterAll(() => opened.device.dispose());
  const kept = (
    weight: readonly number[],
    output: readonly number[],
    geometry: ConvGeometry = plain,
  ): Way => wayOf(opened, weight, output, geometry, true);

  test('goes by the larger tile where it saves products, the smaller where weights are many', () => {
    expect(kept([64, 64, 3, 3], [1, 64, 56, 56])).toBe('winograd4');
    expect(kept([512, 512, 3, 3], [1, 512, 7, 7])).toBe('winograd2');
    expect(kept([512, 512, 3, 3], [1, 512, 28, 28])).toBe('winograd2');
    const line = { ...plain, stride: [1], dilation: [1], padBegin: [1] };
    expect(kept([64, 64, 3], [8, 64, 1000], line)).toBe('winograd4');
    const volume = { ...plain, stride: [1, 1, 1], dilation: [1, 1, 1], padBegin: [1, 1, 1] };
    expect(kept([64, 64, 3, 3, 3], [1, 64, 16, 56, 56], volume)).toBe('winograd4');
    expect(kept([512, 512, 3, 3, 3], [1, 512, 2, 7, 7], volume)).toBe('winograd2');
    const slices = { ...volume, padBegin: [0, 1, 1] };
    expect(kept([128, 128, 1, 3, 3], [1, 128, 16, 28, 28], slices)).toBe('winograd4');
  });

  test.each([
    ['strides', [64, 64, 3, 3], [1, 64, 56, 56], { ...plain, stride: [2, 2] }],
    ['dilation', [64, 64, 3, 3], [1, 64, 56, 56], { ...plain, dilation: [1, 2] }],
    ['groups', [64, 32, 3, 3], [1, 64, 56, 56], { ...plain, groups: 2 }],
    ['other kernels', [64, 64, 3, 1], [1, 64, 56, 56], plain],
    ['few channels', [64, 3, 3, 3], [1, 64, 56, 56], plain],
    [
      'more taps along the depth',
      [64, 64, 4, 3, 3],
      [1, 64, 9, 9, 9],
      { ...plain, stride: [1, 1, 1], dilation: [1, 1, 1], padBegin: [1, 1, 1] },
    ],
    ['a single pixel', [64, 64, 3, 3], [1, 64, 1, 1], plain],
  ])('is the direct one for %s', (_, weight, output, geometry) => {
    expect(kept(weight, output, geometry)).toBe('direct');
  });

  test('is one product where nothing is kept, or goes by channels or by scattering', () => {
    const none = { ...plain, padBegin: [0, 0], padEnd: [0, 0] };
    expect(wayOf(opened, [64, 32, 1, 1], [1, 64, 9, 9], none, false)).toBe('product');
    expect(kept([64, 32, 1, 1], [1, 64, 9, 9], none)).toBe('direct');
    const grouped = { ...plain, groups: 8 };
    expect(wayOf(opened, [8, 1, 3, 3], [1, 8, 9, 9], grouped, false)).toBe('depthwise');
    const scattered = wayOf(opened, [64, 2, 5, 5], [1, 64, 1, 1], none, false, 'inputGradient');
    expect(scattered).toBe('scatter');
  });
});

interface Case {
  readonly input: readonly number[];
  readonly weight: readonly number[];
  readonly options: ConvOptions;
  readonly tile: 2 | 4;
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
  { input: [2, 32, 5, 10, 9], weight: [36, 32, 3, 3, 3], options: { padding: 1 }, tile: 4 },
  { input: [2, 32, 5, 10, 9], weight: [36, 32, 2, 3, 3], options: { padding: [0, 1, 1] }, tile: 4 },
  { input: [2, 32, 5, 13, 9], weight: [36, 32, 1, 3, 3], options: { padding: [0, 1, 1] }, tile: 4 },
  // Slices of the output that no tap reaches.
  { input: [1, 48, 3, 10, 9], weight: [32, 48, 3, 3, 3], options: { padding: [3, 1, 1] }, tile: 4 },
  // The taps along the depth are more than one block of the sum.
  { input: [1, 220, 3, 7, 7], weight: [24, 220, 3, 3, 3], options: { padding: 1 }, tile: 4 },
];

/** With as many axes as the kernel. */
function geometryOf({ weight, options }: Pick<Case, 'weight' | 'options'>): ConvGeometry {
  const taps = weight.slice(2);
  const ones = taps.map(() => 1);
  const { padding = 0 } = options;
  const pads = taps.map((_, i) => Number(typeof padding === 'object' ? padding[i] : padding));
  return { groups: 1, stride: ones, dilation: ones, padBegin: pads, padEnd: pads };
}

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
    let opened: Opened;
    let device: Device;
    beforeAll(async () => {
      opened = await open({ build, threads, revectorize });
      device = opened.device;
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
      const geometry = geometryOf(entry);
      const way = wayOf(opened, entry.weight, plainOutput.shape, geometry, true);
      expect(way).toBe(`winograd${entry.tile}`);
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
  { input: [1, 32, 6, 14, 9], weight: [36, 32, 3, 3, 3], options: { padding: 1 } },
  { input: [2, 32, 6, 10, 9], weight: [36, 32, 2, 3, 3], options: { padding: [0, 1, 1] } },
  { input: [2, 32, 5, 13, 9], weight: [36, 32, 1, 3, 3], options: { padding: [0, 1, 1] } },
  { input: [1, 48, 3, 14, 9], weight: [32, 48, 3, 3, 3], options: { padding: [3, 1, 1] } },
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

test('training goes by Winograd too, by small tiles in 2D', async () => {
  const opened = await open({ threads: 1 });
  for (const entry of trainingCases) {
    const { input, weight } = entry;
    const geometry = geometryOf(entry);
    const output = input.map((extent, i) =>
      i < 2 ? extent : extent + 2 * geometry.padBegin[i - 2]! - weight[i]! + 1,
    );
    const way = wayOf(opened, weight, output, geometry, false, 'inputGradient');
    expect(way).toBe(weight.at(-2) === 3 && weight.length > 3 ? 'winograd2' : 'winograd4');
  }
  opened.device.dispose();
});

test('the number of threads does not change a bit', async () => {
  const outputs: Float32Array[] = [];
  for (const threads of [1, 2]) {
    const device = await wasm({ threads });
    using _ = openScope();
    manualSeed(4);
    const x = randn([1, 32, 28, 28], { device });
    const weight = mul(randn([64, 32, 3, 3], { device }), 0.1);
    device.kernels.willReuse?.(weight, false);
    outputs.push(
      (await noGrad(() => conv(x, weight, null, { padding: 1 })).data()) as Float32Array,
    );
    device.dispose();
  }
  expect(outputs[1]).toEqual(outputs[0]);
});
