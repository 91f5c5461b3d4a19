import { describe, expect, test } from 'vitest';

import {
  add,
  assign,
  batchNorm,
  capture,
  conv,
  full,
  hardtanh,
  keep,
  maxPool,
  mul,
  manualSeed,
  noGrad,
  randn,
  relu,
  silu,
  sum,
  tensor,
  zeros,
  type StepResult,
  type Tensor,
} from '../../index.ts';
import { reference } from '../../reference/index.ts';

const device = reference();

const random = (...shape: number[]): Tensor => keep(randn(shape, { device, requiresGrad: true }));

/** Weights of a convolution of 2 channels and of a batch norm behind it. */
function weights(): { w: Tensor; b: Tensor; weight: Tensor; bias: Tensor; all: Tensor[] } {
  manualSeed(5);
  const [w, b, weight, bias] = [random(2, 2, 3, 3), random(2), random(2), random(2)] as const;
  return { w, b, weight, bias, all: [w, b, weight, bias] };
}

type Net = ReturnType<typeof weights>;

/** Operations of a captured step by name, in order, and whether it gives the bits of the eager one. */
async function captured(
  body: (x: Tensor, net: Net) => { readonly loss: Tensor; readonly others?: readonly Tensor[] },
): Promise<{ readonly names: string[]; readonly sameBits: boolean }> {
  const run = async (options: { readonly fuse: boolean } | null): Promise<[string, unknown[]]> => {
    const net = weights();
    const step = (x: Tensor): StepResult => {
      for (const t of net.all) t.clearGrad();
      const { loss, others = [] } = body(x, net);
      loss.backward();
      return [loss, ...others];
    };
    const wrapped = options === null ? null : capture(step, options);
    const seen: unknown[] = [];
    for (let i = 0; i < 3; i++) {
      manualSeed(i);
      const results = (wrapped ?? step)(randn([2, 2, 6, 6], { device })) as Tensor[];
      const grads = net.all.map(({ grad }) => grad).filter((grad) => grad !== null);
      for (const t of [...results, ...grads]) seen.push(await t.data());
    }
    const text = String(wrapped);
    wrapped?.dispose();
    return [text, seen];
  };
  const [, eager] = await run(null);
  const [, apart] = await run({ fuse: false });
  const [text, together] = await run({ fuse: true });
  expect(apart).toEqual(eager);
  const names = [...text.matchAll(/= (\w+)\(/g)].map(([, name]) => name!);
  return { names, sameBits: JSON.stringify(together) === JSON.stringify(eager) };
}

const pad = { padding: 1 };

function normOf(x: Tensor, { weight, bias }: Net): Tensor {
  const state = { weight, bias, runningMean: null, runningVar: null };
  return batchNorm(x, state, { training: true });
}

describe('in a training step', () => {
  test('a convolution takes its activation, whose gradient reads what comes out', async () => {
    const { names, sameBits } = await captured((x, { w, b }) => ({
      loss: sum(relu(conv(x, w, b, pad))),
    }));
    expect(sameBits).toBe(true);
    expect(names).toContain('fusedConv');
    expect(names).not.toContain('relu');
    expect(names).toContain('reluGrad');
  });

  test('it keeps one whose gradient reads what goes in', async () => {
    const { names, sameBits } = await captured((x, { w, b }) => ({
      loss: sum(silu(conv(x, w, b, pad))),
    }));
    expect(sameBits).toBe(true);
    expect(names).toEqual(expect.arrayContaining(['conv', 'silu', 'siluGrad']));
  });

  test.each([
    ['relu', relu],
    ['hardtanh', (x: Tensor) => hardtanh(x, -0.4, 0.3)],
  ] as const)('a batch norm takes %s, and its gradient that one’s', async (name, activate) => {
    const { names, sameBits } = await captured((x, net) => ({
      loss: sum(activate(normOf(conv(x, net.w), net))),
    }));
    expect(sameBits).toBe(true);
    expect(names).not.toContain(name);
    expect(names).not.toContain(`${name}Grad`);
  });

  test.each([
    ['relu', relu],
    ['hardtanh', (x: Tensor) => hardtanh(x, -0.5, 0.25)],
  ] as const)(
    'a batch norm takes a residual and %s, and its gradient those of both',
    async (name, activate) => {
      const { names, sameBits } = await captured((x, net) => {
        const before = conv(x, net.w, net.b, pad);
        const inner = activate(add(normOf(conv(before, net.w, null, pad), net), before));
        return { loss: sum(activate(add(inner, normOf(conv(inner, net.w, null, pad), net)))) };
      });
      expect(sameBits).toBe(true);
      expect(names.filter((each) => each === 'batchNormResidual')).toHaveLength(2);
      expect(names.filter((each) => each === 'batchNormResidualGrad')).toHaveLength(2);
      for (const apart of ['batchNorm', 'add', name, `${name}Grad`, 'batchNormGrad']) {
        expect(names).not.toContain(apart);
      }
    },
  );

  test('a batch norm takes a residual that nothing is applied to', async () => {
    const { names, sameBits } = await captured((x, net) => {
      const before = conv(x, net.w, net.b, pad);
      return { loss: sum(silu(add(before, normOf(conv(before, net.w, null, pad), net)))) };
    });
    expect(sameBits).toBe(true);
    expect(names).toEqual(expect.arrayContaining(['batchNormResidual', 'silu', 'batchNormGrad']));
    expect(names).not.toContain('add');
  });

  test('of two batch norms that are added up the later one takes the sum', async () => {
    const { names, sameBits } = await captured((x, net) => {
      const first = normOf(conv(x, net.w, net.b, pad), net);
      const second = normOf(conv(x, net.w, null, pad), net);
      return { loss: sum(relu(add(first, second))) };
    });
    expect(sameBits).toBe(true);
    expect(names.indexOf('batchNorm')).toBeLessThan(names.indexOf('batchNormResidual'));
    expect(names.indexOf('batchNormResidualGrad')).toBeLessThan(names.indexOf('batchNormGrad'));
    expect(names).not.toContain('reluGrad');
  });

  test('a batch norm comes after a residual that is made behind it', async () => {
    const { names, sameBits } = await captured((x, net) => {
      const y = normOf(conv(x, net.w, null, pad), net);
      return { loss: sum(relu(add(y, conv(x, net.w, net.b, pad)))) };
    });
    expect(sameBits).toBe(true);
    expect(names.lastIndexOf('conv')).toBeLessThan(names.indexOf('batchNormResidual'));
  });

  test('a batch norm whose statistics are read before there is a residual stays', async () => {
    const kept = [2, 1, 0].map((value) =>
      keep(
        full(value === 0 ? [] : [2], value, { device, dtype: value === 0 ? 'int32' : 'float32' }),
      ),
    );
    const [runningMean, runningVar, batchesTracked] = kept as [Tensor, Tensor, Tensor];
    const { names, sameBits } = await captured((x, { w, b, weight, bias }) => {
      const state = { weight, bias, runningMean, runningVar, batchesTracked };
      const y = batchNorm(conv(x, w), state, { training: true, momentum: null });
      return { loss: sum(relu(add(y, conv(x, w, b)))) };
    });
    expect(sameBits).toBe(true);
    expect(names).toEqual(expect.arrayContaining(['batchNorm', 'reluGrad', 'batchNormGrad']));
    for (const t of kept) t.dispose();
  });

  test('a gradient that somebody else reads is not written over', async () => {
    const { names, sameBits } = await captured((x, net) => {
      const before = conv(x, net.w, net.b, pad);
      const other = conv(before, net.w, null, pad);
      const y = relu(add(normOf(conv(x, net.w, null, pad), net), before));
      // The gradient of this sum is that of both of its terms, of the one that was made first read last.
      return { loss: sum(add(y, other)) };
    });
    expect(sameBits).toBe(true);
    expect(names).toEqual(
      expect.arrayContaining(['batchNormResidual', 'reluGrad', 'batchNormGrad']),
    );
    expect(names).not.toContain('batchNormResidualGrad');
    const known = await captured((x, net) => {
      const y = relu(add(normOf(conv(x, net.w, null, pad), net), x));
      return { loss: sum(y), others: [y] };
    });
    expect(known.sameBits).toBe(true);
    expect(known.names).toContain('batchNormResidualGrad');
  });

  test('two numbers that float32 has none between cannot be told from a bound', async () => {
    const { names, sameBits } = await captured((x, net) => {
      const y = add(normOf(conv(x, net.w, null, pad), net), x);
      return { loss: sum(hardtanh(y, -0.4, 0.7)) };
    });
    expect(sameBits).toBe(true);
    expect(names).toEqual(
      expect.arrayContaining(['batchNormResidual', 'hardtanh', 'hardtanhGrad']),
    );
  });

  test.each([
    ['relu', relu],
    ['hardtanh', (x: Tensor) => hardtanh(x, -0.4, 0.3)],
  ] as const)('windows that overlap are pooled before %s', async (name, activate) => {
    const { names, sameBits } = await captured((x, net) => ({
      loss: sum(maxPool(activate(normOf(conv(x, net.w), net)), 3, { stride: 2, padding: 1 })),
    }));
    expect(sameBits).toBe(true);
    expect(names.indexOf('maxPool')).toBeLessThan(names.indexOf(name));
    expect(names.indexOf(`${name}Grad`)).toBeLessThan(names.indexOf('maxPoolGrad'));
  });

  test('a pooling without positions, through which nothing goes back, stays behind', async () => {
    const { names, sameBits } = await captured((x, net) => {
      const y = relu(conv(x, net.w, net.b));
      const seen = noGrad(() => maxPool(y, 2));
      return { loss: sum(y), others: [seen] };
    });
    expect(sameBits).toBe(true);
    expect(names.indexOf('maxPool')).toBeGreaterThan(names.indexOf('fusedConv'));
  });

  test.each([
    ['relu', relu],
    ['hardtanh', (x: Tensor) => hardtanh(x, -1, 1)],
  ] as const)(
    '%s of infinity and of NaN lets through what it does alone',
    async (name, activate) => {
      const far = keep(tensor([Infinity, NaN], [2], { device }));
      const { names, sameBits } = await captured((x, net) => {
        const y = normOf(conv(x, net.w), { ...net, bias: add(net.bias, far) });
        return { loss: sum(activate(y)) };
      });
      expect(sameBits).toBe(true);
      expect(names).not.toContain(`${name}Grad`);
      far.dispose();
    },
  );

  test('what else reads a value keeps it', async () => {
    const both = await captured((x, net) => {
      const y = normOf(conv(x, net.w), net);
      return { loss: sum(add(relu(y), y)) };
    });
    expect(both.sameBits).toBe(true);
    // The activation stays behind the batch norm, with the sum that reads both.
    expect(both.names.slice(0, 3)).toEqual(['conv', 'batchNorm', 'pointwiseChain']);
    const returned = await captured((x, net) => {
      const y = conv(x, net.w, net.b);
      return { loss: sum(relu(y)), others: [y] };
    });
    expect(returned.sameBits).toBe(true);
    expect(returned.names).toEqual(expect.arrayContaining(['conv', 'relu']));
    const pooledToo = await captured((x, net) => {
      const y = relu(conv(x, net.w, net.b));
      return { loss: add(sum(maxPool(y, 2)), sum(y)) };
    });
    expect(pooledToo.sameBits).toBe(true);
    expect(pooledToo.names.indexOf('maxPool')).toBeGreaterThan(
      pooledToo.names.indexOf('fusedConv'),
    );
  });

  test('a bias that is written before the backward pass is read as it was', async () => {
    const { names, sameBits } = await captured((x, net) => {
      const y = relu(normOf(conv(x, net.w), net));
      assign(net.bias, zeros(net.bias.shape, { device }));
      return { loss: sum(y) };
    });
    expect(sameBits).toBe(true);
    expect(names).toContain('reluGrad');
  });

  test('a weight that is written before the sum is read as it was', async () => {
    const held = keep(zeros([2, 2, 3, 3], { device }));
    const { names, sameBits } = await captured((x, { w }) => {
      assign(held, w);
      const y = conv(x, held, null, pad);
      assign(held, zeros(held.shape, { device }));
      return { loss: sum(add(mul(x, sum(w)), y)) };
    });
    expect(sameBits).toBe(true);
    expect(names).not.toContain('fusedConv');
    held.dispose();
  });
});
