import { Adam, SGD, type Optimizer } from '@convnet/optim';
import {
  adamSteps,
  add,
  capture,
  mul,
  sgdSteps,
  sum,
  tensor,
  zeros,
  type Tensor,
} from '@convnet/tensor-core';
import { afterAll, describe, expect, test } from 'vitest';

import { dawn } from '../testing/dawn.ts';
import { open } from '../webgpu.ts';
import { stepShader } from './optimizer.ts';

test('two parameters in one pass, in WGSL', () => {
  const { code, layout } = stepShader('sgd', 2);
  expect(layout).toBe('wrwr');
  expect(code.slice(code.indexOf('fn main'))).toMatchInlineSnapshot(`
    "fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
      let i = i32(id.y * groups.x * 64u + id.x);
      if (i >= p[0]) { return; }
      let at = i;
      if (at < p[1]) {
        let i = at - 0;
        if (i >= p[2]) { return; }
        w0[i] -= n(0) * (n(4) * g0[i] + decay(3, w0[i]));
      }
      else if (at < p[3]) {
        let i = at - p[1];
        if (i >= p[4]) { return; }
        w1[i] -= n(0) * (n(4) * g1[i] + decay(3, w1[i]));
      }
    }
    "
  `);
});

const found = await dawn();

/** Sizes around those of workgroups, with none, and more than one dispatch has room for. */
const sizes = [...Array.from({ length: 23 }, (_, i) => 13 * i), 63, 64, 65, 0, 4097];

const values = (count: number, seed: number): number[] =>
  Array.from({ length: count }, (_, i) => Math.sin(seed + i));

const sgd = {
  momentum: 0.9,
  dampening: 0.1,
  weightDecay: 0.01,
  nesterov: true,
  maximize: false,
} as const;
const plain = { ...sgd, momentum: 0, dampening: 0, nesterov: false, first: true } as const;
const adam = {
  beta1: 0.9,
  beta2: 0.99,
  epsilon: 1e-8,
  weightDecay: 0.01,
  decoupled: true,
  maximize: false,
} as const;

describe.runIf('gpu' in found)('steps of optimisers', async () => {
  const opened = 'gpu' in found ? await open({ gpu: found.gpu }) : null;
  const { device, recorder } = opened ?? { device: null!, recorder: null! };
  if (opened !== null) recorder.marksUnwritten = true;
  afterAll(() => device?.dispose());

  interface State {
    readonly parameter: Tensor;
    readonly gradient: Tensor;
    readonly first: Tensor;
    readonly second: Tensor;
  }

  const state = (): State[] =>
    sizes.map((size, i) => ({
      parameter: tensor(values(size, i), [size], { device }),
      gradient: tensor(values(size, i + 0.5), [size], { device }),
      first: zeros([size], { device }),
      second: zeros([size], { device }),
    }));

  /** Two steps of each optimiser, of several parameters at a time. */
  function train(all: readonly State[], together: number): void {
    for (let step = 0; step < 2; step++) {
      for (let i = 0; i < all.length; i += together) {
        const some = all.slice(i, i + together);
        sgdSteps(
          some.map(({ parameter, gradient, first }) => ({ parameter, gradient, momentum: first })),
          { ...sgd, first: step === 0 },
          0.1,
        );
        sgdSteps(
          some.map(({ parameter, gradient }) => ({ parameter, gradient, momentum: null })),
          plain,
          0.1,
        );
        adamSteps(
          some.map(({ parameter, gradient, first, second }) => ({
            parameter,
            gradient,
            mean: first,
            square: second,
          })),
          adam,
          { stepSize: 0.1, rootCorrection: 0.3, kept: 0.99 },
        );
      }
    }
  }

  /** Dispatches that something records. */
  function dispatchesOf(run: () => void): number {
    const record = recorder.record.bind(recorder);
    let count = 0;
    recorder.record = (dispatch) => {
      count++;
      record(dispatch);
    };
    run();
    recorder.record = record;
    return count;
  }

  test('of all parameters at once give the bits of one after the other', async () => {
    const [apart, together] = [state(), state()];
    train(apart, 1);
    train(together, sizes.length);
    for (const [i, alone] of apart.entries()) {
      for (const part of ['parameter', 'first', 'second'] as const) {
        expect(await together[i]![part].data()).toEqual(await alone[part].data());
      }
    }
  });

  test('take as many dispatches as the buffers of one make necessary', () => {
    const all = state();
    const filled = sizes.filter((size) => size > 0).length;
    const { buffersPerKernel } = recorder.limits;
    // Parameter, gradient and state: two, three and four buffers.
    const perDispatch = [2, 3, 4].map((buffers) => Math.floor(buffersPerKernel / buffers));
    expect(perDispatch[2]).toBeGreaterThanOrEqual(1);
    const steps = (count: number): number[] => [
      ...[null, 'first' as const].map((state) =>
        dispatchesOf(() => {
          const updates = all.map(({ parameter, gradient, first }) => ({
            parameter,
            gradient,
            momentum: state && first,
          }));
          for (let i = 0; i < all.length; i += count)
            sgdSteps(updates.slice(i, i + count), plain, 0.1);
        }),
      ),
      dispatchesOf(() => {
        const updates = all.map(({ parameter, gradient, first, second }) => ({
          parameter,
          gradient,
          mean: first,
          square: second,
        }));
        for (let i = 0; i < all.length; i += count) {
          adamSteps(updates.slice(i, i + count), adam, {
            stepSize: 0.1,
            rootCorrection: 0.3,
            kept: 0.99,
          });
        }
      }),
    ];
    expect(steps(1)).toEqual([filled, filled, filled]);
    expect(steps(all.length)).toEqual(perDispatch.map((many) => Math.ceil(filled / many)));
  });

  test('of what stands there twice come one after the other, and behind what they read', async () => {
    const parameter = tensor([1, 2], [2], { device });
    const gradient = tensor([1, 1], [2], { device });
    const update = { parameter, gradient, momentum: null };
    const undecayed = { ...plain, weightDecay: 0 };
    sgdSteps([update, update], undecayed, 0.25);
    expect([...(await parameter.data())]).toEqual([0.5, 1.5]);
    // What one reads as its gradient the next one writes, and the other way round.
    sgdSteps(
      [update, { parameter: gradient, gradient: parameter, momentum: null }],
      undecayed,
      0.5,
    );
    expect([...(await parameter.data())]).toEqual([0, 1]);
    expect([...(await gradient.data())]).toEqual([1, 0.5]);
  });

  test.each<[string, (parameters: readonly Tensor[]) => Optimizer]>([
    ['SGD', (parameters) => new SGD(parameters, { learningRate: 0.1, momentum: 0.9 })],
    ['Adam', (parameters) => new Adam(parameters, { learningRate: 0.1 })],
  ])('%s in a captured step: the bits of eager, its rates and few dispatches', async (_, make) => {
    const run = async (isCaptured: boolean): Promise<{ seen: unknown[]; dispatches: number }> => {
      const parameters = sizes.map((size, i) =>
        tensor(values(size, i), [size], { device, requiresGrad: true }),
      );
      const optimizer = make(parameters);
      const body = (x: Tensor): Tensor => {
        optimizer.zeroGrad();
        const losses = parameters.map((parameter) => sum(mul(mul(parameter, parameter), x)));
        const loss = losses.reduce((total, next) => add(total, next));
        loss.backward();
        optimizer.step();
        return loss;
      };
      const captured = capture(body);
      const step = isCaptured ? captured : body;
      const x = tensor(0.5, { device });
      let dispatches = 0;
      for (let i = 0; i < 4; i++) {
        const group = optimizer.groups[0]!;
        group.options = { ...group.options, learningRate: 0.1 / (1 + i) };
        dispatches = dispatchesOf(() => step(x));
        await captured.ready;
      }
      const seen: unknown[] = [];
      for (const parameter of parameters) seen.push(await parameter.data());
      captured.dispose();
      return { seen, dispatches };
    };
    const [eager, captured] = [await run(false), await run(true)];
    expect(captured.seen).toEqual(eager.seen);
    expect(captured.dispatches).toBeLessThanOrEqual(eager.dispatches);
  });
});
