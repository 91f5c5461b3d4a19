import {
  add,
  assign,
  capture,
  cast,
  conv,
  crossEntropy,
  dropout,
  interpolate,
  LabelRangeError,
  manualSeed,
  matmul,
  maxPool,
  mul,
  randn,
  relu,
  reshape,
  scope,
  sgdStep,
  stepScalar,
  sum,
  tanh,
  tensor,
  zeros,
  type Device,
  type Tensor,
} from '@convnet/tensor-core';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import type { Machine } from '../machine.ts';
import { openMarked } from '../testing/open-marked.ts';

const runs = 8;

type Body = (x: Tensor) => readonly Tensor[];

describe.each([1, 2])('a step that is written down, on %i threads', (threads) => {
  let device: Device;
  let machine: Machine;
  beforeAll(async () => {
    ({ device, machine } = await openMarked({ build: 'simd', threads, revectorize: false }));
  });
  afterAll(() => device.dispose());
  afterEach(() => {
    vi.restoreAllMocks();
  });

  const noise = (...shape: number[]): Tensor => randn(shape, { device });
  const weight = (...shape: number[]): Tensor => randn(shape, { device, requiresGrad: true });

  /** Results and gradients of some runs; `make` makes the step anew, with its weights. */
  async function valuesOf(
    make: () => { readonly body: Body; readonly held: readonly Tensor[] },
    isCaptured: boolean,
  ): Promise<unknown[]> {
    manualSeed(3);
    const { body, held } = make();
    const captured = isCaptured ? capture(body) : null;
    const seen: unknown[] = [];
    for (let i = 0; i < runs; i++) {
      const x = noise(2, 3, 8, 8);
      const results = scope(() => (captured ?? body)(x));
      for (const t of results) seen.push(await t.data());
      for (const t of held) seen.push((await t.grad?.data()) ?? null, await t.data());
      for (const t of [...results, x]) t.dispose();
    }
    captured?.dispose();
    for (const t of held) t.dispose();
    return seen;
  }

  /** Learns: its gradients are results of the step, its rate is a step scalar. */
  function learning(body: (x: Tensor, w: Tensor) => Tensor, ...shape: number[]) {
    return () => {
      const w = weight(...shape);
      const momentum = zeros(shape, { device });
      let rate = 0.1;
      const step = {
        momentum: 0.9,
        dampening: 0,
        weightDecay: 0,
        nesterov: false,
        maximize: false,
        first: false,
      };
      return {
        held: [w, momentum],
        body: (x: Tensor): readonly Tensor[] => {
          const loss = sum(body(x, w));
          w.clearGrad();
          loss.backward();
          sgdStep(
            w,
            w.grad!,
            momentum,
            step,
            stepScalar(() => (rate *= 0.9)),
          );
          return [loss.detach()];
        },
      };
    };
  }

  const bodies: Readonly<
    Record<string, () => { readonly body: Body; readonly held: readonly Tensor[] }>
  > = {
    'a convolution': learning((x, w) => relu(conv(x, w, null, { padding: 1 })), 4, 3, 3, 3),
    'other layouts': learning((x, w) => mul(reshape(x, [2, 192]), reshape(w, [1, 192])), 3, 64),
    pooling: learning((x, w) => maxPool(mul(x, w), 2), 1, 3, 1, 1),
    'tables of many products': learning((x, w) => matmul(x, w), 2, 3, 8, 5),
    'tables of an interpolation': learning(
      (x, w) => mul(interpolate(x, { size: [5, 11], mode: 'bilinear' }), w),
      1,
      3,
      1,
      1,
    ),
    'random numbers': learning((x, w) => dropout(mul(x, w), 0.5), 1, 3, 1, 1),
    'work of the host': learning((x, w) => mul(cast(cast(x, 'float16'), 'float32'), w), 1, 3, 1, 1),
    'results in the place of operands': learning(
      (x, w) => {
        const y = mul(reshape(tanh(mul(mul(x, w), x)), [2, 3, 64]), 2);
        return add(mul(y, y), sum(y, 0, { keepDim: true }));
      },
      1,
      3,
      8,
      8,
    ),
    'nothing but views': () => ({ held: [], body: (x) => [reshape(x, [6, 64])] }),
    'a result twice': () => ({
      held: [],
      body: (x) => {
        const y = relu(x);
        return [y, reshape(y, [384]), y];
      },
    }),
  };

  test.each(Object.keys(bodies))('%s: the bits are those of the operations', async (name) => {
    const live = device.liveBuffers;
    const eager = await valuesOf(bodies[name]!, false);
    expect(await valuesOf(bodies[name]!, true)).toEqual(eager);
    expect(device.liveBuffers).toBe(live);
  });

  /** Kernel calls that TypeScript wrote, and those that were there, in one run of a step. */
  function callsOf(run: () => void): { readonly written: number; readonly repeated: number } {
    const written = vi.spyOn(machine, 'call');
    const repeated = vi.spyOn(machine, 'repeat');
    run();
    const counts = { written: written.mock.calls.length, repeated: repeated.mock.calls.length };
    vi.restoreAllMocks();
    return counts;
  }

  test('runs without the TypeScript of its kernels, and corrects what has moved', async () => {
    const w = weight(4, 3, 3, 3);
    const step = capture((x: Tensor) => {
      const y = relu(conv(x, w, null, { padding: 1 }));
      return [sum(mul(y, y)), mul(y, 2)] as const;
    });
    const x = noise(2, 3, 8, 8);
    const run = (input: Tensor): void =>
      scope(() => {
        step(input);
      });
    for (let i = 0; i < 4; i++) run(x);
    await step.ready;
    for (let i = 0; i < 4; i++) run(x);
    const still = callsOf(() => run(x));
    expect(still.written).toBe(0);
    expect(still.repeated).toBeGreaterThanOrEqual(4);
    // An input in another place: the convolution alone reads it, and what puts it into its order.
    const other = noise(2, 3, 8, 8);
    expect(callsOf(() => run(other)).written).toBe(2);
    // Results that somebody holds: each in another place.
    const kept: Tensor[] = [...step(other)];
    expect(callsOf(() => kept.push(...step(other))).written).toBeGreaterThan(0);
    const [a, b, c, d] = await Promise.all(kept.map((t) => t.data()));
    expect([a, b]).toEqual([c, d]);
    for (const t of [...kept, x, other, w]) t.dispose();
    step.dispose();
  });

  test('gives its memory to others, and takes no more from one run to the next', async () => {
    const { live } = device.memory();
    const w = weight(4, 3, 3, 3);
    const step = capture((x: Tensor) => conv(x, w, null, { padding: 1 }));
    const x = noise(2, 3, 40, 40);
    const run = async (): Promise<unknown> => {
      const y = step(x);
      const values = await y.data();
      y.dispose();
      return values;
    };
    const first = await run();
    for (let i = 0; i < 4; i++) await run();
    const { reserved } = device.memory();
    for (let i = 0; i < 20; i++) await run();
    expect(device.memory().reserved).toBe(reserved);
    // More than there is, so that the step must let go of what it holds between its runs.
    const large = zeros([Math.ceil(reserved / 4)], { device });
    expect(await run()).toEqual(first);
    large.dispose();
    expect(await run()).toEqual(first);
    for (const t of [x, w]) t.dispose();
    step.dispose();
    expect(device.memory().live).toBe(live);
  });

  test('a label out of range is an error there too, and the next run is right', async () => {
    const step = capture((x: Tensor, y: Tensor) => crossEntropy(x, y));
    const x = noise(4, 3);
    const labels = (last: number): Tensor => tensor(Int32Array.of(0, 1, 2, last), [4], { device });
    const run = async (last: number): Promise<number> => {
      const y = labels(last);
      try {
        const loss = step(x, y);
        const value = await loss.item();
        loss.dispose();
        return value;
      } finally {
        y.dispose();
      }
    };
    const right = await run(1);
    for (let i = 0; i < 4; i++) expect(await run(1)).toBe(right);
    await expect(run(3)).rejects.toThrow(LabelRangeError);
    await expect(run(3)).rejects.toThrow(/3/);
    expect(await run(1)).toBe(right);
    x.dispose();
    step.dispose();
  });

  test('weights that were packed for others are packed anew once it has written them', async () => {
    const w = noise(4, 3, 3, 3);
    const operand = { buffer: w.buffer, shape: w.shape, dtype: w.dtype };
    device.kernels.willReuse!(operand, false);
    const x = noise(2, 3, 8, 8);
    const infer = (): Promise<unknown> => scope(() => conv(x, w, null, { padding: 1 }).data());
    const step = capture((more: Tensor) => {
      assign(w, add(w, more));
      return sum(w);
    });
    const one = tensor(new Float32Array(108).fill(1), [4, 3, 3, 3], { device });
    for (let i = 0; i < 6; i++) {
      await infer();
      step(one).dispose();
      const fresh = w.detach();
      const copy = scope(() => add(fresh, 0).data());
      const apart = tensor(await copy, [4, 3, 3, 3], { device });
      const expected = await scope(() => conv(x, apart, null, { padding: 1 }).data());
      expect(await infer()).toEqual(expected);
      fresh.dispose();
      apart.dispose();
    }
    device.kernels.endReuse!(operand);
    for (const t of [x, w, one]) t.dispose();
    step.dispose();
  });
});
