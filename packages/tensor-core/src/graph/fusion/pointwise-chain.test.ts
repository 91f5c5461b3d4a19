import { describe, expect, test } from 'vitest';

import {
  adaptiveAvgPool,
  add,
  capture,
  conv,
  keep,
  linear,
  manualSeed,
  mseLoss,
  mul,
  pointwiseRows,
  randn,
  relu,
  scope,
  sigmoid,
  silu,
  sum,
  type Tensor,
} from '../../index.ts';
import { reference } from '../../reference/index.ts';
import { fuse } from './fuse.ts';
import type { Graph, GraphStep, Value } from '../graph.ts';

const device = reference();

/** What a step does, and whether it gives the bits of the eager one and of the one that is not fused. */
async function fused(
  step: (...inputs: Tensor[]) => readonly Tensor[],
  ...shapes: number[][]
): Promise<{ readonly names: string[]; readonly text: string; readonly sameBits: boolean }> {
  const seen: string[] = [];
  let text = '';
  for (const options of [null, { fuse: false }, { fuse: true }]) {
    manualSeed(3);
    const run = options === null ? step : capture((...t: Tensor[]) => [...step(...t)], options);
    const values: unknown[] = [];
    for (let i = 0; i < 3; i++) {
      await scope(async () => {
        const inputs = shapes.map((shape) => randn(shape, { device }));
        for (const t of run(...inputs)) values.push(await t.data());
      });
    }
    seen.push(JSON.stringify(values));
    if (options?.fuse === true) text = String(run);
    if ('dispose' in run) (run.dispose as () => void)();
  }
  expect(seen[1]).toBe(seen[0]);
  const names = [...text.matchAll(/^(?:.* )?= ?(\w+)\(/gm)].map(([, name]) => name!);
  return { names, text, sameBits: seen[2] === seen[0] };
}

describe('pointwise steps', () => {
  test('are one where nobody else reads what lies between', async () => {
    const { names, text, sameBits } = await fused(
      (a, b) => [relu(add(mul(a, b), silu(a)))],
      [4, 5],
      [4, 5],
    );
    expect(sameBits).toBe(true);
    expect(names).toEqual(['pointwiseChain']);
    expect(text).toContain('rows: mul silu add relu');
  });

  test('are one with a result more where somebody does', async () => {
    const { names, sameBits } = await fused(
      (a, b) => {
        const y = mul(a, b);
        return [add(y, a), sum(y)];
      },
      [4, 5],
      [4, 5],
    );
    expect(sameBits).toBe(true);
    expect(names).toEqual(['pointwiseChain', 'sum']);
  });

  test('of another shape stay apart: their rows would be computed again for each element', async () => {
    const { names, sameBits } = await fused((a, s) => [mul(a, sigmoid(s))], [4, 5], [4, 1]);
    expect(sameBits).toBe(true);
    expect(names).toEqual(['sigmoid', 'mul']);
  });

  test('leave alone what stands between them and has to come first', async () => {
    const { names, sameBits } = await fused(
      (a) => {
        const y = relu(a);
        return [mul(y, sum(y))];
      },
      [4, 5],
    );
    expect(sameBits).toBe(true);
    expect(names).toEqual(['relu', 'sum', 'reshape', 'mul']);
  });

  test('of the gate of squeeze and excitation: its gradient, the one of the mean and the activation', async () => {
    manualSeed(1);
    const w = keep(randn([5, 3, 1, 1], { device, requiresGrad: true }));
    const v = keep(randn([5, 5, 1, 1], { device, requiresGrad: true }));
    const { names, text, sameBits } = await fused(
      (x) => {
        for (const t of [w, v]) t.clearGrad();
        const y = silu(conv(x, w));
        const loss = sum(mul(y, sigmoid(conv(adaptiveAvgPool(y, 1), v))));
        loss.backward();
        return [loss, w.grad!, v.grad!];
      },
      [2, 3, 4, 6],
    );
    expect(sameBits).toBe(true);
    expect(text).toContain('rows: mul add siluGrad');
    expect(names).toContain('globalAvgPoolGrad');
    expect(names).not.toContain('avgPoolGrad');
    expect(names).not.toContain('blend');
    w.dispose();
    v.dispose();
  });

  test('a gradient that nothing pointwise reads is added up in place', async () => {
    manualSeed(1);
    const [u, v, w] = [1, 2, 3].map(() =>
      keep(randn([2, 2, 1, 1], { device, requiresGrad: true })),
    ) as [Tensor, Tensor, Tensor];
    const { names, sameBits } = await fused(
      (x) => {
        for (const t of [u, v, w]) t.clearGrad();
        const y = conv(x, u);
        const loss = add(sum(conv(y, v)), sum(conv(y, w)));
        loss.backward();
        return [loss, u.grad!];
      },
      [1, 2, 3, 3],
    );
    expect(sameBits).toBe(true);
    expect(names).toContain('blend');
    for (const t of [u, v, w]) t.dispose();
  });

  test('a product takes the activation behind it, and the residual', async () => {
    const { names, sameBits } = await fused(
      (x, w, b) => [relu(add(linear(x, w, b), x))],
      [3, 4],
      [4, 4],
      [4],
    );
    expect(sameBits).toBe(true);
    expect(names).toEqual(['fusedMatmul']);
  });

  test('a loss of squares is one pass and a sum', async () => {
    const { names, sameBits } = await fused((x, y) => [mseLoss(x, y)], [3, 4], [3, 4]);
    expect(sameBits).toBe(true);
    expect(names[0]).toBe('pointwiseChain');
  });
});

/** Bytes that a graph holds at its worst place. */
function peak({ steps, inputs, outputs }: Graph): number {
  const last = new Map<Value, number>();
  steps.forEach((step, i) => {
    for (const value of [...step.inputs, ...step.outputs]) if (value !== null) last.set(value, i);
  });
  const made = new Map<Value, number>();
  steps.forEach((step, i) => step.outputs.forEach((value) => made.set(value, i)));
  const live = (i: number): number =>
    [...made].reduce((sum, [value, from]) => {
      const to = outputs.includes(value) ? steps.length : last.get(value)!;
      const isLive = from <= i && i <= to && !inputs.includes(value);
      return sum + (isLive ? 4 * value.shape.reduce((a, b) => a * b, 1) : 0);
    }, 0);
  return Math.max(...steps.map((_, i) => live(i)));
}

test('no chain is made for which more memory would be held', () => {
  const value = (...shape: number[]): Value => ({ shape, dtype: 'float32', constant: null });
  const step = (name: string, inputs: Value[], output: Value): GraphStep => ({
    operation: { name, row: pointwiseRows[name] } as unknown as GraphStep['operation'],
    attributes: { scalars: [] },
    inputs,
    outputs: [output],
    scalars: [],
  });
  const [x, p, q, r, product, large, small, y] = [
    ...Array.from({ length: 5 }, () => value(100)),
    value(1000),
    value(100),
    value(100),
  ] as [Value, Value, Value, Value, Value, Value, Value, Value];
  // Three factors would outlive the large value, and the product of them could not come later for less.
  const graph: Graph = {
    inputs: [x],
    steps: [
      step('conv', [x], p),
      step('conv', [x], q),
      step('mul', [p, q], r),
      step('mul', [r, p], product),
      step('matmul', [x], large),
      step('sort', [large], small),
      step('add', [product, small], y),
    ],
    outputs: [y],
  };
  const joined = fuse(graph, ['pointwise']);
  expect(peak(joined)).toBeLessThanOrEqual(peak(graph));
  expect(joined.steps.map(({ operation: { name } }) => name)).toEqual([
    'conv',
    'conv',
    'pointwiseChain',
    'matmul',
    'sort',
    'add',
  ]);
});
