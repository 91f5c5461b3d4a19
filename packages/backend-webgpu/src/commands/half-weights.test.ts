import { conformanceCases } from '@convnet/conformance';
import {
  BatchNorm2d,
  compile,
  type CompiledModel,
  Conv2d,
  Flatten,
  Linear,
  ReLU,
  Sequential,
} from '@convnet/layers';
import { lenet5, lenet5_relu } from '@convnet/lenet';
import { mobilenet_v2 } from '@convnet/mobilenet';
import { SGD } from '@convnet/optim';
import { resnet18 } from '@convnet/resnet';
import {
  assign,
  crossEntropy,
  elementCount,
  fromFloat16,
  full,
  Generator,
  manualSeed,
  mul,
  noGrad,
  randn,
  scope,
  tensor,
  toFloat16,
  zeros,
  type Device,
  type Operand,
  type Tensor,
  type Value,
} from '@convnet/tensor-core';
import { reference } from '@convnet/tensor-core/reference';
import { afterAll, describe, expect, test } from 'vitest';

import { Float16RangeError } from '../errors.ts';
import { dawnWithHalves } from '../testing/dawn.ts';
import { quickTiles } from '../testing/quick-tiles.ts';
import { open } from '../webgpu.ts';
import type { BufferPool } from './buffer-pool.ts';

const found = await dawnWithHalves();
if ('missing' in found) {
  process.stderr.write(`not run: weights in float16, compiled networks (${found.missing})\n`);
}
const gpu = 'gpu' in found ? found.gpu : null!;

/** Bytes of the words that say whether weights fit. */
const words = 4096;

const rounded = (values: ArrayLike<number>): Float32Array => fromFloat16(toFloat16(values));

/** A folded convolution of 64 x 32 x 3 x 3 weights, which take 128 KiB (of a power of two), and a classifier's 8 x 64. */
const network = (device: Device): Sequential =>
  new Sequential([
    new Conv2d(32, 64, 3, { device, bias: false }),
    new BatchNorm2d(64, { device }),
    new ReLU(),
    new Flatten(),
    new Linear(64, 8, { device }),
  ]);
const inputShape = [1, 32, 3, 3];
const [floatBytes, halfBytes, plainHalves] = [2 ** 17, 2 ** 16, 2 * 8 * 64];

describe.runIf('gpu' in found)('compiled networks with weights in float16', async () => {
  async function opened(storage: 'float32' | 'float16'): ReturnType<typeof open> {
    const made = await open({ gpu, storage });
    made.recorder.limits = { ...made.recorder.limits, tiles: quickTiles };
    return made;
  }

  const openQuickly = async (storage: 'float32' | 'float16') => (await opened(storage)).device;
  const device = 'gpu' in found ? await openQuickly('float16') : null!;
  afterAll(() => device?.dispose());

  /** What a call gives, as numbers. */
  const valuesOf = async (call: () => Tensor): Promise<Float32Array> => {
    const y = scope(() => noGrad(call));
    const values = (await y.data()) as Float32Array;
    y.dispose();
    return values;
  };

  const worst = (actual: Float32Array, expected: Float32Array): number => {
    const scale = Math.max(...expected.map(Math.abs));
    return Math.max(...actual.map((value, i) => Math.abs(value - expected[i]!))) / scale;
  };

  test('halves stand in place of folded weights and beside the network’s own, and go with the graphs', async () => {
    // A device of its own: what other tests have dropped is collected at any time, and counts on theirs.
    const own = await openQuickly('float16');
    manualSeed(3);
    const model = network(own);
    const x = randn(inputShape, { device: own });
    const before = (await valuesOf(() => model.eval().forward(x)), own.memory());
    const compiled = compile(model, inputShape);
    await compiled.ready;
    const { live, reserved } = own.memory();
    const first = await valuesOf(() => compiled.forward(x));
    const change = halfBytes - floatBytes + plainHalves + words;
    expect(own.memory().live).toBe(live + change);
    // Memory of the folded float32 goes back to the system.
    expect(own.memory().reserved).toBeLessThanOrEqual(reserved + change + 4096);
    expect(await valuesOf(() => compiled.forward(x))).toEqual(first);
    expect(own.memory().live).toBe(live + change);

    // What was folded has the numbers that count; the network's own are as they were.
    const [conv] = compiled.graph.steps;
    const folded = (await conv!.inputs[1]!.constant!.data()) as Float32Array;
    expect(folded).toEqual(rounded(folded));
    const weight = (await model.stateDict().get('4.weight')!.data()) as Float32Array;
    expect(weight).not.toEqual(rounded(weight));

    compiled.dispose();
    expect(own.memory().live).toBe(before.live + words);
    expect(() => compiled.forward(x)).toThrow('disposed of');
    own.dispose();
  });

  test('kernel by kernel, until it is ready, it gives the same', async () => {
    manualSeed(3);
    const model = network(device);
    const x = randn(inputShape, { device });
    const compiled = compile(model, inputShape);
    const early = compiled.forward(x);
    await compiled.ready;
    const late = compiled.forward(x);
    expect(await early.data()).toEqual(await late.data());
    compiled.dispose();
  });

  test('what is derived from weights follows whatever is written to them', async () => {
    const { run } = conformanceCases().find(({ op }) => op === 'willReuse')!;
    expect((await run(device)).failures).toEqual([]);
  });

  test('weights that change are rounded anew', async () => {
    manualSeed(3);
    const model = network(device);
    const x = randn(inputShape, { device });
    const compiled = compile(model, inputShape);
    await compiled.ready;
    const before = await valuesOf(() => compiled.forward(x));
    const weights = model.stateDict();
    for (const path of ['0.weight', '4.weight']) {
      const weight = weights.get(path)!;
      scope(() => noGrad(() => assign(weight, mul(weight, 2))));
    }
    const after = await valuesOf(() => compiled.forward(x));
    expect(after).not.toEqual(before);
    expect(worst(after, await valuesOf(() => model.eval().forward(x)))).toBeLessThan(2 ** -10);
    compiled.dispose();
  });

  test('training beside a compiled network is that of a device with float32, to the bit', async () => {
    const trained = async (on: Device): Promise<Float32Array[]> => {
      manualSeed(5);
      const model = lenet5_relu({ dims: 2, numClasses: 3, device: on });
      const optimizer = new SGD(model.parameters(), { learningRate: 0.05 });
      const compiled = compile(model, [1, 1, 28, 28]);
      const generator = new Generator(1);
      for (let i = 0; i < 3; i++) {
        const x = randn([2, 1, 28, 28], { device: on, generator });
        const labels = tensor([0, i], [2], { device: on, dtype: 'int32' });
        await valuesOf(() => compiled.forward(randn([1, 1, 28, 28], { device: on, generator })));
        optimizer.zeroGrad();
        crossEntropy(model.forward(x), labels).backward();
        optimizer.step();
      }
      const weights: Float32Array[] = [];
      for (const [, weight] of model.stateDict()) weights.push((await weight.data()) as never);
      compiled.dispose();
      return weights;
    };
    const plain = await openQuickly('float32');
    expect(await trained(device)).toEqual(await trained(plain));
    plain.dispose();
  });

  test('a model that moves to another device and back', async () => {
    manualSeed(3);
    const model = network(device);
    const other = reference();
    const x = randn(inputShape, { device });
    const compiled = compile(model, inputShape);
    await compiled.ready;
    const here = await valuesOf(() => compiled.forward(x));
    await model.to(other);
    const on = tensor(await x.data(), inputShape, { device: other });
    const there = await valuesOf(() => compiled.forward(on));
    expect(worst(here, there)).toBeLessThan(2 * 2 ** -11);
    expect(here).not.toEqual(there);
    await model.to(device);
    expect(await valuesOf(() => compiled.forward(x))).toEqual(here);
    compiled.dispose();
  });

  test('a weight beyond 65504 is an error of the first read, once; NaN is none', async () => {
    manualSeed(3);
    const model = network(device);
    const x = zeros(inputShape, { device });
    const compiled = compile(model, inputShape);
    await compiled.ready;
    const weight = model.stateDict().get('4.weight')!;
    const set = (value: number): void =>
      scope(() => noGrad(() => assign(weight, full([8, 64], value, { device }))));
    set(65_519);
    await valuesOf(() => compiled.forward(x));
    set(65_520);
    const error = await valuesOf(() => compiled.forward(x)).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(Float16RangeError);
    expect((error as Float16RangeError).shapes).toEqual([[8, 64]]);
    expect(String(error)).toContain('a weight [8, 64] of a compiled network has numbers beyond');
    await valuesOf(() => compiled.forward(x));
    for (const value of [NaN, Infinity]) {
      set(value);
      expect((await valuesOf(() => compiled.forward(x))).every(Number.isNaN)).toBe(true);
    }
    compiled.dispose();
  });

  test.each([3, 1029])('of many weights, number %i is looked at', async (beyond) => {
    const spec = (...shape: number[]) => ({ shape, dtype: 'float32' }) as const;
    const { backend, kernels } = device;
    const upload = (values: number[], shape: number[]): Operand => {
      const own = spec(...shape);
      return { ...own, buffer: backend.upload(Float32Array.from(values), own) };
    };
    const x = upload([1, 1], [1, 2]);
    const made: Operand[] = [];
    for (let i = 0; i < 1030; i++) {
      const weight = { ...upload([0, i === beyond ? 65_520 : 1], [2, 1]), isReused: true };
      kernels.willReuse!(weight, i % 2 === 0);
      const transpose = { a: false, b: false };
      const buffer = kernels.matmul(x, weight, null, transpose, spec(1, 1));
      made.push(weight, { ...spec(1, 1), buffer });
    }
    await expect(backend.read(made.at(-1)!)).rejects.toThrow(
      expect.objectContaining({ name: 'Float16RangeError', shapes: [[2, 1]] }),
    );
    // It is told once.
    expect([...(await backend.read(made[1]!))]).toEqual([1]);
    for (const { buffer } of [x, ...made]) backend.free(buffer);
  });

  /** What the weights of a graph's convolutions and products take in float32 where they were folded, and in halves. */
  function bytesOf({ graph }: CompiledModel, pool: BufferPool): { folded: number; halves: number } {
    const weights = new Set<Value>();
    for (const { operation, inputs } of graph.steps) {
      if (!/conv|matmul|linear/i.test(operation.name)) continue;
      if (inputs[1]?.constant) weights.add(inputs[1]);
    }
    let [folded, halves] = [0, 0];
    for (const { shape, isDerived } of weights) {
      const count = elementCount(shape);
      if (isDerived === true) folded += pool.sizeFor(4 * count);
      halves += pool.sizeFor(2 * count);
    }
    return { folded, halves };
  }

  // A layer's weights have an error of 2^-11 of their size at most, and so, of all that it adds up, has what it computes.
  const families = [
    { name: 'lenet5', layers: 5, shape: [1, 1, 28, 28], make: lenet5 },
    { name: 'resnet18, 1D', layers: 21, shape: [1, 3, 128], make: resnet18 },
    { name: 'mobilenet_v2', layers: 53, shape: [1, 3, 32, 32], make: mobilenet_v2 },
  ] as const;

  test.each(families)('$name: within the rounding of its layers, and its bytes', async (family) => {
    const { layers, shape, make } = family;
    const { device: own, recorder } = await opened('float16');
    const options = { dims: (shape.length - 2) as 1, numClasses: 10, inChannels: shape[1] };
    const exact = reference();
    manualSeed(7);
    const model = make({ ...options, device: exact });
    const x = randn(shape, { device: exact, generator: new Generator(2) });
    const expected = await valuesOf(() => model.eval().forward(x));
    await model.to(own);
    const compiled = compile(model, shape);
    await compiled.ready;
    const on = tensor(await x.data(), shape, { device: own });
    const { live } = own.memory();
    const off = worst(await valuesOf(() => compiled.forward(on)), expected);
    expect(off).toBeLessThan(layers * 2 ** -11);
    expect(off).toBeGreaterThan(1e-5);
    const { folded, halves } = bytesOf(compiled, recorder.pool);
    expect(own.memory().live - live).toBe(halves - folded + words);
    compiled.dispose();
    own.dispose();
  });
});
