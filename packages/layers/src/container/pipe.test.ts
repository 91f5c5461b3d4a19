import { wasm } from '@convnet/backend-wasm';
import { manualSeed, randn, sum, type Device, type Tensor } from '@convnet/tensor-core';
import { reference } from '@convnet/tensor-core/reference';
import { expect, test } from 'vitest';

import { ReLU, ReLU6 } from '../activation/activation.ts';
import { BatchNorm } from '../norm/batch-norm.ts';
import { Hardtanh } from '../activation/parametric-activation.ts';
import { pipe } from './pipe.ts';
import type { Layer } from '../module/module.ts';

class Doubled extends BatchNorm {
  override forward(x: Tensor): Tensor {
    return super.forward(super.forward(x));
  }
}

/** Everything that a training step through a batch norm and an activation gives. */
async function step(
  device: Device,
  norm: BatchNorm,
  activation: Layer,
  watched: Layer | null,
): Promise<{ numbers: unknown[]; seen: number }> {
  manualSeed(3);
  const x = randn([4, 40, 5, 6], { device, requiresGrad: true });
  let seen = 0;
  const remove = watched?.onForward(() => seen++);
  const y = pipe(x, norm, activation);
  sum(y).backward();
  remove?.();
  const { weight, bias, running_mean, running_var } = norm;
  const results = [y, x.grad!, weight!.grad!, bias!.grad!, running_mean!, running_var!];
  return { numbers: await Promise.all(results.map((t) => t.data())), seen };
}

for (const [name, open] of [
  ['reference', () => reference()],
  ['wasm', () => wasm({ threads: 1 })],
] as const) {
  for (const activation of [new ReLU(), new ReLU6(), new Hardtanh(-0.5, 0.25)]) {
    test(`batch norm and ${String(activation)} in one pass give the same bits on ${name}`, async () => {
      const device = await open();
      const make = (): BatchNorm => new BatchNorm(2, 40, { device });
      const together = await step(device, make(), activation, null);
      const norm = make();
      for (const watched of [norm, activation]) {
        const apart = await step(device, watched === norm ? norm : make(), activation, watched);
        expect(apart.seen).toBe(1);
        expect(together.numbers).toEqual(apart.numbers);
      }
    });
  }
}

test('a batch norm that computes something else keeps its activation', async () => {
  const device = reference();
  const y = pipe(randn([4, 3, 5], { device }), new Doubled(1, 3, { device }), new ReLU());
  expect(Math.min(...(await y.data()))).toBe(0);
});

test('in evaluation too the activation follows', async () => {
  const device = reference();
  const norm = new BatchNorm(1, 3, { device });
  norm.eval();
  const y = pipe(randn([4, 3, 5], { device }), norm, new ReLU());
  expect(Math.min(...(await y.data()))).toBe(0);
});
