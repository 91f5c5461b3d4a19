import { MissingKernelError, type PointwiseProgram } from '@convnet/tensor-core';
import { expect, test } from 'vitest';

import { chainSource } from './chain-source.ts';
import { targetFor } from './kernel-compiler.ts';

/** where(x0, leakyRelu(x1 + x2, s), x1) with the sum as a result too. */
const program: PointwiseProgram = {
  inputs: 3,
  rows: [
    { name: 'add', operands: [1, 2], scalars: 0 },
    { name: 'leakyRelu', operands: [3], scalars: 1 },
    { name: 'where', operands: [0, 4, 1], scalars: 0 },
  ],
  results: [0, 2],
};

test('a chain is a struct, and a kernel that walks it', () => {
  const { name, text, parameterBytes } = chainSource(program, [true, false, false], 'line');
  expect(text).toBe(`
struct Chain {
  static constexpr int inputs = 3, results = 2, scalars = 1;
  static constexpr uint32_t bytes = 1;
  DEVICE void of(const float (&x)[inputs], [[maybe_unused]] const float (&s)[scalars], float (&y)[results]) {
    const float v0 = row_add(x[1], x[2], 0, 0, 0);
    const float v1 = row_leakyRelu(v0, 0, 0, s[0], 0);
    const float v2 = row_where(x[0], v1, x[1], 0, 0);
    y[0] = v0;
    y[1] = v2;
  }
};

KERNEL(${name}, ChainLineParams<Chain>, plain, 256) { chain_line<Chain>(p); }
`);
  // Five pointers, the count in two words, a number; and an odd word behind.
  expect(parameterBytes).toBe(5 * 8 + 4 * 4);
});

test('names tell chains, forms and types of inputs apart, and nothing else', () => {
  const source = (given: PointwiseProgram, first: boolean, form: 'line' | 'walk'): string =>
    chainSource(given, [first, false, false], form).name;
  const other = { ...program, results: [2] };
  const names = [
    source(program, true, 'line'),
    source(program, false, 'line'),
    source(program, true, 'walk'),
    source(other, true, 'line'),
  ];
  expect(new Set(names).size).toBe(4);
  expect(source({ ...program }, true, 'line')).toBe(names[0]);
});

test('a row that there is not is named', () => {
  const rows = [{ name: 'bessel', operands: [0], scalars: 0 }];
  const wrong = { inputs: 1, rows, results: [0] };
  expect(() => chainSource(wrong, [false], 'line')).toThrow(MissingKernelError);
  expect(() => chainSource(wrong, [false], 'line')).toThrow('bessel');
});

test('a device that the compiler does not know gets PTX of the newest before it', () => {
  const known = [75, 80, 90, 120];
  expect(targetFor(known, 90)).toEqual({ name: 'sm_90', givesPtx: false });
  expect(targetFor(known, 121)).toEqual({ name: 'compute_120', givesPtx: true });
  expect(targetFor(known, 103)).toEqual({ name: 'compute_90', givesPtx: true });
});
