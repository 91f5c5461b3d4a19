import {
  abs,
  add,
  argsort,
  batchNorm,
  concat,
  crossEntropy,
  cumsum,
  gather,
  Generator,
  maxPool,
  mul,
  nms,
  permute,
  prod,
  randn,
  reshape,
  scatter,
  scatterAdd,
  softmax,
  sum,
  tensor,
  type Device,
  type Tensor,
} from '@convnet/tensor-core';
import { reference } from '@convnet/tensor-core/reference';
import { describe, expect, test } from 'vitest';

import { hasEmulator, openMarked } from '../testing/emulated-device.ts';

const noState = { weight: null, bias: null, runningMean: null, runningVar: null };

/** What takes another way than the small tensors of the conformance suite: several passes, long lines, many axes. */
const cases: Readonly<Record<string, (numbers: Numbers) => Tensor | readonly Tensor[]>> = {
  'sums in two passes': ({ x }) => [
    sum(x([300_000])),
    sum(x([40, 3000]), 0),
    sum(x([9000, 40]), 0),
  ],
  'sums of channels': ({ x }) => sum(x([3, 5, 60, 70]), [0, 2, 3]),
  'a product over alternate axes of nineteen': ({ x }) =>
    prod(x(Array.from({ length: 19 }, () => 2)), [0, 2, 4, 6, 8, 10, 12, 14, 16, 18]),
  'broadcasting over twelve axes': ({ x }) =>
    add(
      x(Array.from({ length: 12 }, (_, axis) => (axis % 2 === 0 ? 2 : 1))),
      x(Array.from({ length: 12 }, (_, axis) => (axis % 2 === 0 ? 1 : 2))),
    ),
  'moving ten axes': ({ x }) =>
    permute(x([2, 3, 2, 2, 1, 2, 3, 2, 2, 2]), [9, 7, 5, 3, 1, 0, 2, 4, 6, 8]),
  'moving in tiles': ({ x }) => [
    permute(x([3, 40, 33]), [2, 1, 0]),
    permute(x([70, 45]), [1, 0]),
    permute(x([2, 9, 12, 10]), [0, 3, 1, 2]),
  ],
  'other shapes of channels-last elements': ({ x }) => [
    reshape(x([2, 12, 3, 5]), [2, 3, 4, 3, 5]),
    reshape(x([2, 3, 4, 3, 5]), [2, 12, 15]),
    reshape(x([2, 12, 3, 5]), [24, 15]),
    reshape(x([4, 6, 5]), [5, 8, 3]),
    reshape(x([6, 4, 1, 1]), [6, 4]),
    reshape(x([2, 3, 4]), [3, 2, 2, 2]),
  ],
  'sorting long lines': ({ levels }) => [
    argsort(levels([5000]), 0),
    argsort(levels([5000]), 0, { descending: true }),
    argsort(levels([2, 2, 3000]), 2),
    argsort(levels([4100, 2, 2]), 0, { descending: true }),
  ],
  'sorting many short lines': ({ levels }) => [
    argsort(levels([700, 3]), 1),
    argsort(levels([9, 5, 40]), 1, { descending: true }),
  ],
  'sums up to each of long lines': ({ x }) => [cumsum(x([3000]), 0), cumsum(x([2, 3, 1100]), 2)],
  'gathering and scattering along long lines': ({ x, positions }) => [
    gather(x([50, 3, 4]), 0, positions([1500, 3, 4], 50)),
    scatterAdd(x([50, 3, 4]), 0, positions([1500, 3, 4], 50), x([1500, 3, 4])),
    scatter(x([50, 3, 4]), 0, positions([1500, 3, 4], 50), x([1500, 3, 4])),
  ],
  'softmax of long rows': ({ x }) => [softmax(x([3, 3000]), 1), softmax(x([2, 1500, 3]), 1)],
  'the loss of many rows': ({ x, positions }) =>
    crossEntropy(x([2, 3, 90, 100]), positions([2, 90, 100], 3)),
  'random numbers of channels': ({ device }) => {
    const from = () => ({ device, generator: new Generator(5, 2 ** 32 - 3) });
    return [randn([2, 3, 4, 6], from()), randn([2, 3, 5, 5], from()), randn([3, 5], from())];
  },
  'a maximum whose windows overlap, and its gradient': ({ x }) => {
    const input = x([2, 8, 21, 19]);
    input.requiresGrad = true;
    const y = maxPool(input, 3, { stride: 2, padding: 1 });
    sum(mul(y, y)).backward();
    return [y, input.grad!];
  },
  'statistics of many rows': ({ x }) => {
    const input = x([9, 6, 40, 50]);
    input.requiresGrad = true;
    const y = batchNorm(input, noState, { training: true });
    sum(mul(y, mul(y, y))).backward();
    return [y, input.grad!];
  },
  'more boxes than overlaps are held of at once': ({ x }) => {
    const corners = mul(x([4500, 2]), 20);
    const boxes = concat([corners, add(corners, add(abs(x([4500, 2])), 1))], 1);
    return nms(boxes, x([4500]), { iouThreshold: 0.3 });
  },
};

/** Inputs by a rule that is the same on each device. */
interface Numbers {
  readonly device: Device;
  /** Numbers from -1 to 1. */
  x(shape: readonly number[]): Tensor;
  /** Few different ones, NaN and both zeros among them. */
  levels(shape: readonly number[]): Tensor;
  positions(shape: readonly number[], below: number): Tensor;
}

function numbersOn(device: Device): Numbers {
  let drawn = 0;
  /** An integer below 2^16, another at each call. */
  const draw = (): number => {
    drawn++;
    return (Math.imul(drawn ^ (drawn >>> 7), 0x9e3779b1) >>> 8) & 0xffff;
  };
  const filled = (shape: readonly number[], dtype: 'float32' | 'int32', value: () => number) => {
    const count = shape.reduce((product, extent) => product * extent, 1);
    return tensor(Array.from({ length: count }, value), shape, { device, dtype });
  };
  const few = [NaN, 0, -0, 1, -1, 2.5, Infinity, -Infinity, -3, 7];
  return {
    device,
    x: (shape) => filled(shape, 'float32', () => draw() / 32_768 - 1),
    levels: (shape) => filled(shape, 'float32', () => few[draw() % few.length]!),
    positions: (shape, below) => filled(shape, 'int32', () => draw() % below),
  };
}

describe.runIf(hasEmulator)('kernels on the emulated driver', () => {
  test.each(Object.keys(cases))('%s', async (name) => {
    const device = await openMarked();
    const [found, expected] = [device, reference()].map((on) => {
      const results = cases[name]!(numbersOn(on));
      return Array.isArray(results) ? (results as Tensor[]) : [results as Tensor];
    });
    for (const [i, wanted] of expected!.entries()) {
      expect(found![i]!.shape).toEqual(wanted.shape);
      const [values, right] = [await found![i]!.data(), await wanted.data()];
      const unit = Array.from(right).reduce(
        (most, value) => Math.max(most, Math.abs(value)),
        1e-30,
      );
      const isExact = name.startsWith('random') || wanted.dtype !== 'float32';
      const wrong = right.findIndex(
        (value, k) =>
          !Object.is(value, values[k]) &&
          !(Math.abs(value - values[k]!) <= (isExact ? 0 : 2e-5 * unit)),
      );
      expect(
        wrong,
        `element ${wrong} of result ${i} is ${values[wrong]}, expected ${right[wrong]}`,
      ).toBe(-1);
    }
    device.dispose();
  });
});
