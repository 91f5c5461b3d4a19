import {
  conv,
  elementCount,
  type Activation,
  type Kernels,
  type Operand,
  type Tensor,
  tensor,
  type TensorSpec,
} from '@convnet/tensor-core';
import { afterAll, describe, expect, test } from 'vitest';

import { dawn } from '../testing/dawn.ts';
import { open } from '../webgpu.ts';

const found = await dawn();

/** Small integers, whose sums are exact. */
const integers = (count: number, seed: number): Float32Array<ArrayBuffer> =>
  Float32Array.from({ length: count }, (_, i) => ((i * 7 + seed * 13 + (i >> 3)) % 11) - 5);

const spec = (shape: readonly number[]): TensorSpec => ({ shape, dtype: 'float32' });

describe.runIf('gpu' in found)('products of few rows or columns', async () => {
  const opened = 'gpu' in found ? await open({ gpu: found.gpu }) : null;
  const { device, recorder } = opened ?? { device: null!, recorder: null! };
  if (opened !== null) recorder.marksUnwritten = true;
  afterAll(() => device?.dispose());

  const operandOf = (values: Float32Array<ArrayBuffer>, shape: readonly number[]): Operand => ({
    ...spec(shape),
    buffer: device.backend.upload(values, spec(shape)),
  });

  const relu: Activation = { name: 'relu', scalars: [] };
  const sizes = [1, 2, 3, 4].flatMap((few) =>
    [
      { many: 260, terms: 512 },
      { many: 517, terms: 259 },
      { many: 130, terms: 1030 },
    ].map((size) => ({ few, ...size })),
  );

  test.each(sizes)('$few by $many of $terms terms', async ({ few, many, terms }) => {
    for (const [rows, columns] of [
      [few, many],
      [many, few],
    ] as const) {
      for (const form of Array.from({ length: 8 }, (_, bits) => bits)) {
        const transpose = { a: (form & 1) !== 0, b: (form & 2) !== 0 };
        const hasEnding = (form & 4) !== 0;
        const [a, b] = [integers(rows * terms, 1), integers(columns * terms, 2)];
        const [bias, residual] = [integers(columns, 3), integers(rows * columns, 4)];
        const expected = Float32Array.from({ length: rows * columns }, (_, at) => {
          const [i, j] = [Math.floor(at / columns), at % columns];
          let sum = 0;
          for (let k = 0; k < terms; k++) {
            const left = a[transpose.a ? k * rows + i : i * terms + k]!;
            sum += left * b[transpose.b ? j * terms + k : k * columns + j]!;
          }
          return hasEnding ? Math.max(sum + bias[j]! + residual[at]!, 0) : sum;
        });
        const out = spec([rows, columns]);
        const kernels = device.backend.kernels as Required<Kernels>;
        const buffer = kernels.fusedMatmul(
          operandOf(a, transpose.a ? [terms, rows] : [rows, terms]),
          operandOf(b, transpose.b ? [columns, terms] : [terms, columns]),
          hasEnding ? operandOf(bias, [columns]) : null,
          transpose,
          {
            residual: hasEnding ? operandOf(residual, [rows, columns]) : null,
            activation: hasEnding ? relu : null,
          },
          out,
        );
        expect(await device.backend.read({ ...out, buffer })).toEqual(expected);
      }
    }
  });

  test.each([
    [1, 1],
    [3, 1],
    [1, 4],
    [4, 1],
  ])('a 1 x 1 convolution of %i samples at %i positions', async (batch, positions) => {
    const [channels, outputs] = [515, 261];
    const ofShape = (shape: readonly number[], seed: number): Tensor =>
      tensor(integers(elementCount(shape), seed), shape, { device, requiresGrad: true });
    const x = ofShape([batch, channels, positions], 1);
    const weight = ofShape([outputs, channels, 1], 2);
    const bias = ofShape([outputs], 3);
    const y = conv(x, weight, bias);
    const dy = integers(batch * outputs * positions, 4);
    y.backward(tensor(dy, y.shape, { device }));
    const [xs, ws, bs] = [await x.data(), await weight.data(), await bias.data()];
    const expected = Float32Array.from(dy, (_, at) => {
      const [n, o, j] = [
        Math.floor(at / positions / outputs),
        Math.floor(at / positions) % outputs,
        at % positions,
      ];
      let sum = bs[o]!;
      for (let c = 0; c < channels; c++) {
        sum += xs[(n * channels + c) * positions + j]! * ws[o * channels + c]!;
      }
      return sum;
    });
    expect(await y.data()).toEqual(expected);
    const gradient = Float32Array.from(xs, (_, at) => {
      const [n, c, j] = [
        Math.floor(at / positions / channels),
        Math.floor(at / positions) % channels,
        at % positions,
      ];
      let sum = 0;
      for (let o = 0; o < outputs; o++) {
        sum += dy[(n * outputs + o) * positions + j]! * ws[o * channels + c]!;
      }
      return sum;
    });
    expect(await x.grad!.data()).toEqual(gradient);
  });
});
