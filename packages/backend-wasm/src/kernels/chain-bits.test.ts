import {
  add,
  capture,
  conv,
  gt,
  linear,
  manualSeed,
  mul,
  openScope,
  pointwise,
  pointwiseRows,
  randn,
  sub,
  where,
  type Device,
  type Tensor,
} from '@convnet/tensor-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { wasm } from '../index.ts';

const rows = Object.entries(pointwiseRows).filter(([, { result }]) => result !== 'bool');

/** What operands of [5, 17, 9, 8] may be, in rows and behind a convolution, where channels lie last. */
const shapes: readonly (readonly number[])[] = [
  [5, 17, 9, 8],
  [1, 17, 1, 1],
  [5, 17, 1, 1],
  [5, 1, 9, 8],
  [1, 1, 9, 1],
  [1, 1, 1, 1],
];

async function bits(tensors: readonly Tensor[]): Promise<string[]> {
  const all: string[] = [];
  for (const t of tensors) {
    const values = await t.data();
    all.push(new Uint32Array(values.buffer, values.byteOffset, values.byteLength / 4).join());
  }
  return all;
}

/** The bits of a step run eagerly and captured, and what was captured. */
async function both(
  step: (...inputs: Tensor[]) => readonly Tensor[],
  inputs: readonly Tensor[],
): Promise<{ readonly eager: string[]; readonly captured: string[]; readonly text: string }> {
  const captured = capture((...t: Tensor[]) => [...step(...t)]);
  const eager = await bits(step(...inputs));
  captured(...inputs);
  captured(...inputs);
  const seen = await bits(captured(...inputs));
  const text = String(captured);
  captured.dispose();
  return { eager, captured: seen, text };
}

describe.each([
  ['simd', 1, false],
  ['relaxed', 1, true],
  ['relaxed', 2, true],
] as const)('on the %s build, %i threads, revectorize %s', (build, threads, revectorize) => {
  let device: Device;
  beforeAll(async () => {
    device = await wasm({ build, threads, revectorize });
  });
  afterAll(() => device.dispose());

  test.each(rows.map(([name]) => name))(
    'a chain with %s has the bits of its rows',
    async (name) => {
      using _ = openScope();
      manualSeed(4);
      const { inputs: count, exampleScalars = [] } = pointwiseRows[name]!;
      const [x, y, w] = [
        [5, 17, 9, 8],
        [5, 17, 9, 8],
        [17, 17, 1, 1],
      ].map((shape) => randn(shape, { device })) as [Tensor, Tensor, Tensor];
      for (const shape of shapes) {
        const other = randn(shape, { device });
        for (const isLast of [false, true]) {
          const given = isLast ? conv(x, w) : x;
          const { eager, captured, text } = await both(
            (a, b, c) => {
              const operands = name === 'where' ? [gt(a, c), a, b] : [a, b, c].slice(0, count);
              const value = pointwise(name, operands, exampleScalars);
              const sum = add(mul(value, b), a);
              return [sub(sum, value), sum];
            },
            [given, other, y],
          );
          expect(text).toContain('pointwiseChain');
          expect(captured).toEqual(eager);
        }
      }
    },
  );

  test.each([1, 2, 7, 8, 9, 1023, 1024, 1025, 4097, 50_000])('%i elements in a line', async (n) => {
    using _ = openScope();
    manualSeed(n);
    const inputs = [n, n, 1].map((extent) => randn([extent], { device }));
    const { eager, captured, text } = await both(
      (a, b, c) => [where(gt(a, b), mul(add(a, b), c), sub(a, c))],
      inputs,
    );
    expect(text).toContain('rows: ');
    expect(captured).toEqual(eager);
  });

  test.each([
    [[1, 40], 33],
    [[3, 700], 130],
    [[6, 40], 33],
    [[70, 600], 130],
    [[200, 513], 64],
    [[5, 2, 30], 19],
  ] as const)('rows %j by a layer of %i have the bits of the parts', async (shape, columns) => {
    using _ = openScope();
    manualSeed(5);
    const terms = shape.at(-1)!;
    const [x, w, b] = [shape, [columns, terms], [columns]].map((s) => randn(s, { device }));
    const residual = randn([...shape.slice(0, -1), columns], { device });
    for (const [name, { inputs: count, result, gradient, domain, exampleScalars = [] }] of rows) {
      const isOne = count === 1 && result !== 'bool' && gradient !== undefined;
      if (!isOne || domain !== undefined) continue;
      const { eager, captured, text } = await both(
        (...t) => {
          const y = linear(t[0]!, t[1]!, t[2]);
          const sum = shape.length === 2 ? add(y, t[3]!) : y;
          return [pointwise(name, [sum], exampleScalars)];
        },
        [x!, w!, b!, residual],
      );
      // Of more axes, a reshape stands between.
      expect(text.includes('fusedMatmul')).toBe(shape.length === 2);
      expect(captured).toEqual(eager);
    }
  });
});
