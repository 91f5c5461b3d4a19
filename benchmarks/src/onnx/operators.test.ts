import { hashedValues } from '@convnet/model-testing';
import { exportOnnx } from '@convnet/onnx';
import * as t from '@convnet/tensor-core';
import type { Tensor } from '@convnet/tensor-core';
import { expect, test } from 'vitest';

import { Applied } from '../testing/applied.ts';
import { describeInOnnxruntime } from '../testing/describe-in-onnxruntime.ts';

interface Case {
  readonly shape: readonly number[];
  /** `weight` is a tensor of hashed numbers on the device. */
  body(x: Tensor, weight: (...shape: number[]) => Tensor): Tensor;
}

const line = [2, 4, 11];
const plane = [2, 4, 9, 12];

const at = (shape: readonly number[], body: Case['body']): Case => ({ shape, body });

const cases: Readonly<Record<string, Case>> = {
  'convolution, strided, dilated, grouped': at(plane, (x, w) =>
    t.conv(x, w(6, 2, 3, 2), w(6), {
      stride: [2, 1],
      padding: [1, 0],
      dilation: [1, 2],
      groups: 2,
    }),
  ),
  'convolution with padding the same': at(line, (x, w) =>
    t.conv(x, w(3, 4, 4), null, { padding: 'same' }),
  ),
  'convolution with reflected padding': at(plane, (x, w) =>
    t.conv(x, w(3, 4, 3, 3), null, { padding: 2, paddingMode: 'reflect' }),
  ),
  'convolution with circular padding': at(plane, (x, w) =>
    t.conv(x, w(3, 4, 3, 3), null, { padding: 1, paddingMode: 'circular' }),
  ),
  'transposed convolution': at(plane, (x, w) =>
    t.convTranspose(x, w(4, 3, 3, 3), w(3), { stride: 2, padding: 1, outputPadding: 1 }),
  ),
  'transposed convolution with more output padding than stride': at(line, (x, w) =>
    t.convTranspose(x, w(4, 2, 3), w(4), { dilation: 3, outputPadding: 2, groups: 2 }),
  ),
  'max pooling, dilated': at(plane, (x) => t.maxPool(x, 3, { stride: 2, padding: 1, dilation: 2 })),
  'max pooling rounded up': at(plane, (x) => t.maxPool(x, [2, 3], { stride: 2, ceilMode: true })),
  'max pooling rounded up, last window dropped': at([2, 3, 5, 8], (x) =>
    t.maxPool(x, 2, { stride: 3, padding: 1, ceilMode: true }),
  ),
  'max pooling rounded up, last window dropped on one axis': at([2, 3, 5, 9], (x) =>
    t.maxPool(x, 2, { stride: 3, padding: 1, ceilMode: true }),
  ),
  'average pooling': at(line, (x) => t.avgPool(x, 3, { stride: 2, padding: 1 })),
  'average pooling without the padding': at(plane, (x) =>
    t.avgPool(x, 3, { stride: 2, padding: 1, countIncludePad: false, ceilMode: true }),
  ),
  'average pooling rounded up': at([2, 3, 6, 8], (x) =>
    t.avgPool(x, 3, { stride: 2, padding: 1, ceilMode: true }),
  ),
  'average pooling with a divisor': at(plane, (x) => t.avgPool(x, 2, { divisorOverride: 3 })),
  'adaptive average pooling': at(plane, (x) => t.adaptiveAvgPool(x, [4, 5])),
  'adaptive average pooling to equal windows': at(plane, (x) => t.adaptiveAvgPool(x, [3, 4])),
  'adaptive average pooling of one axis': at(plane, (x) => t.adaptiveAvgPool(x, [null, 4])),
  'adaptive max pooling': at(plane, (x) => t.adaptiveMaxPool(x, [4, 5])),
  'global pooling': at(plane, (x) => t.add(t.globalAvgPool(x), t.globalMaxPool(x))),
  'local response norm': at(plane, (x) => t.localResponseNorm(x, 3)),
  'group norm': at(plane, (x, w) => t.groupNorm(x, 2, { weight: w(4), bias: w(4) })),
  'layer norm': at(line, (x, w) => t.layerNorm(x, [11], { weight: w(11), bias: w(11) })),
  'nearest, enlarged': at(plane, (x) => t.interpolate(x, { size: [13, 17] })),
  'nearest-exact, by a factor': at(plane, (x) =>
    t.interpolate(x, { scaleFactor: 1.5, mode: 'nearest-exact' }),
  ),
  'bilinear by a factor that does not fit': at(plane, (x) =>
    t.interpolate(x, { scaleFactor: 1.3, mode: 'bilinear' }),
  ),
  'bilinear with aligned corners': at(plane, (x) =>
    t.interpolate(x, { size: [5, 20], mode: 'bilinear', alignCorners: true }),
  ),
  'linear, in 1D': at(line, (x) => t.interpolate(x, { size: 17, mode: 'linear' })),
  ...Object.fromEntries(
    (['nearest', 'bilinear', 'bicubic'] as const).flatMap((mode) =>
      (['zeros', 'border', 'reflection'] as const).map((paddingMode) => [
        `grid sampling, ${mode}, ${paddingMode}`,
        at(plane, (x) => {
          const grid = t.permute(t.slice(x, 1, 1, 3), [0, 2, 3, 1]);
          return t.gridSample(x, grid, { mode, paddingMode });
        }),
      ]),
    ),
  ),
  'padding and cropping': at(plane, (x) =>
    t.pad(
      x,
      [
        [1, -2],
        [-1, 3],
      ],
      0.5,
    ),
  ),
  'slices, flips, joins': at(plane, (x) =>
    t.concat([t.slice(x, 3, 10, 1, -3), t.flip(t.slice(x, 3, 0, 3), 2)], 3),
  ),
  'permuted and repeated': at(line, (x) => t.repeat(t.permute(x, [0, 2, 1]), [1, 2, 3])),
  'products of matrices': at(line, (x, w) => t.matmul(x, t.matmul(w(11, 3), w(3, 5)))),
  'softmax and its logarithm': at(line, (x) => t.add(t.softmax(x, 1), t.logSoftmax(x, 2))),
  reductions: at(plane, (x) =>
    [t.sum, t.mean, t.max, t.min, t.prod]
      .map((reduce) => reduce(x, [1, 2]))
      .reduce((a, b) => t.add(a, b)),
  ),
  positions: at(line, (x) => t.cast(t.add(t.argmax(x, 1), t.argmin(x, 1)), 'float32')),
  cumsum: at(line, (x) => t.cumsum(x, 2)),
  comparisons: at(line, (x) =>
    t.cast(t.logicalAnd(t.gt(x, -0.5), t.logicalNot(t.ge(x, 0.5))), 'float32'),
  ),
  relu: at(line, (x) => t.relu(x)),
  leakyRelu: at(line, (x) => t.leakyRelu(x, 0.2)),
  elu: at(line, (x) => t.elu(x, 1.3)),
  celu: at(line, (x) => t.celu(x, 0.6)),
  'rrelu in evaluation': at(line, (x) => t.rrelu(x)),
  selu: at(line, (x) => t.selu(x)),
  gelu: at(line, (x) => t.gelu(x)),
  'gelu by tanh': at(line, (x) => t.gelu(x, 'tanh')),
  mish: at(line, (x) => t.mish(x)),
  softplus: at(line, (x) => t.softplus(x, 2, 1)),
  hardswish: at(line, (x) => t.hardswish(x)),
  remainder: at(line, (x) => t.remainder(x, 0.3)),
  'elementary functions': at(line, (x) =>
    [t.expm1(x), t.log1p(t.abs(x)), t.rsqrt(t.add(t.square(x), 1)), t.sin(x), t.erf(x)].reduce(
      (a, b) => t.add(a, b),
    ),
  ),
  rounding: at(line, (x) => t.add(t.round(t.mul(x, 4)), t.add(t.floor(x), t.ceil(x)))),
};

describeInOnnxruntime('exported operations', (tests) => {
  test.each(Object.entries(cases))('%s', async (_, { shape, body }) => {
    const { device } = tests;
    const weights = new Map<string, Tensor>();
    const weight = (...extents: number[]): Tensor => {
      const name = extents.join();
      let found = weights.get(name);
      if (found === undefined) {
        const count = extents.reduce((product, extent) => product * extent, 1);
        found = t.keep(t.tensor(hashedValues(name, count), extents, { device }));
        weights.set(name, found);
      }
      return found;
    };
    const model = new Applied((x) => body(x, weight));
    const data = hashedValues(
      'x',
      shape.reduce((product, extent) => product * extent, 1),
      2,
    );
    const y = t.scope(() => t.noGrad(() => model.forward(t.tensor(data, shape, { device }))));
    const expected = await y.data();
    for (const opset of [13, 18, 26]) {
      const from = [1, ...shape.slice(1)];
      const file = await exportOnnx(model, from, { opset, dynamicBatch: true });
      const output = await tests.run(file, data, shape);
      expect(output.dims).toEqual(y.shape);
      const worst = Math.max(
        ...Array.from(output.data, (value, i) => Math.abs(value - expected[i]!)),
      );
      expect(worst, `opset ${opset}`).toBeLessThan(1e-4);
    }
    y.dispose();
    for (const tensor of weights.values()) tensor.dispose();
  });
});
