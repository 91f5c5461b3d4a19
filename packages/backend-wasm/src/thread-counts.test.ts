import {
  batchNorm,
  conv,
  crossEntropy,
  Generator,
  layerNorm,
  logSumExp,
  matmul,
  max,
  min,
  mul,
  randn,
  sum,
  tensor,
  variance,
  type Device,
  type Tensor,
} from '@convnet/tensor-core';
import { reference } from '@convnet/tensor-core/reference';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { wasm } from './index.ts';

const counts = [1, 2, 3];
let devices: Device[] = [];

beforeAll(async () => {
  devices = await Promise.all(counts.map((threads) => wasm({ threads, build: 'simd' })));
});

afterAll(() => {
  for (const device of devices) device.dispose();
});

type Form = (...leaves: Tensor[]) => Tensor;

/** The output of `form`, then the gradient by each of its inputs. */
async function resultsOn(
  device: Device,
  shapes: readonly (readonly number[])[],
  form: Form,
): Promise<Float32Array[]> {
  const generator = new Generator(5);
  const leaves = shapes.map((shape) => randn(shape, { device, generator, requiresGrad: true }));
  const y = form(...leaves);
  sum(mul(y, randn(y.shape, { device, generator }))).backward();
  return Promise.all(
    [y, ...leaves.map((leaf) => leaf.grad!)].map(async (t) => (await t.data()) as Float32Array),
  );
}

const labels = (x: Tensor): Tensor =>
  tensor(
    Array.from({ length: x.shape[0]! }, (_, i) => i % x.shape[1]!),
    [x.shape[0]!],
    { device: x.device, dtype: 'int32' },
  );

function batchNormOf(x: Tensor): Tensor {
  const none = { weight: null, bias: null, runningMean: null, runningVar: null };
  return batchNorm(x, none, { training: true });
}

const forms: Readonly<Record<string, [shapes: number[][], form: Form]>> = {
  'a product of a long inner extent': [
    [
      [4, 4096],
      [4096, 4],
    ],
    (a, b) => matmul(a, b),
  ],
  'a product': [
    [
      [257, 333],
      [333, 65],
    ],
    (a, b) => matmul(a, b),
  ],
  'a sum': [[[300_007]], (x) => sum(x)],
  'a sum down columns': [[[3001, 65]], (x) => sum(x, 0)],
  'a variance': [[[5, 8, 3001]], (x) => variance(x, [0, 2])],
  'a log-sum-exp': [[[3, 60_001]], (x) => logSumExp(x, 1)],
  'a batch norm': [[[16, 8, 40, 40]], batchNormOf],
  'a layer norm': [[[100, 1000]], (x) => layerNorm(x, [1000])],
  'a cross-entropy': [[[2000, 50]], (x) => crossEntropy(x, labels(x))],
  'an addition to rows': [[[1000, 300], [300]], (x, b) => mul(x, b)],
};

describe('another number of threads', () => {
  test.each(Object.entries(forms))('gives the same bits of %s', async (_, [shapes, form]) => {
    const [one, ...others] = await Promise.all(
      devices.map((device) => resultsOn(device, shapes, form)),
    );
    for (const other of others) expect(other).toEqual(one);
  });

  // The gradient by a weight is cut into shares by the number of threads: docs/decisions/0016-threads.md.
  test('gives the same bits of a convolution, and its weight gradient up to rounding', async () => {
    const [one, ...others] = await Promise.all(
      devices.map((device) =>
        resultsOn(device, [[2, 8, 5000], [16, 8, 9], [16]], (x, w, b) =>
          conv(x, w, b, { padding: 4 }),
        ),
      ),
    );
    for (const [output, byInput, byWeight, byBias] of others) {
      expect([output, byInput, byBias]).toEqual([one![0], one![1], one![3]]);
      const greatest = one![2]!.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
      const apart = byWeight!.map((value, i) => Math.abs(value - one![2]![i]!));
      expect(Math.max(...apart) / greatest).toBeLessThan(1e-5);
    }
  });
});

// docs/decisions/0031-signs-of-zeros.md. WebGPU gives either.
test('of zeros of both signs the greatest is 0 and the least -0, wherever they stand', async () => {
  for (const device of [reference(), ...devices]) {
    for (const length of [2, 3, 4, 5, 8, 9, 17, 33, 300]) {
      for (const at of [0, 1, length >> 1, length - 1]) {
        for (const [most, odd] of [
          [0, -0],
          [-0, 0],
        ] as const) {
          const x = tensor(
            Array.from({ length }, (_, i) => (i === at ? odd : most)),
            [1, length],
            { device },
          );
          expect([await max(x, 1).item(), await min(x, 1).item()]).toEqual([0, -0]);
        }
      }
    }
  }
});
