import { wasm } from '@convnet/backend-wasm';
import {
  capture,
  keep,
  manualSeed,
  randn,
  sum,
  type Device,
  type Tensor,
} from '@convnet/tensor-core';
import { reference } from '@convnet/tensor-core/reference';
import { expect, test } from 'vitest';

import { ReLU, ReLU6 } from '../activation/activation.ts';
import { BatchNorm } from '../norm/batch-norm.ts';
import { Hardtanh } from '../activation/parametric-activation.ts';
import { pipe } from './pipe.ts';
import type { Layer } from '../module/module.ts';

/** Everything that three training steps through a batch norm and an activation give. */
async function train(
  device: Device,
  activation: Layer,
  options: { readonly fuse: boolean } | null,
): Promise<{ readonly numbers: unknown[]; readonly graph: string }> {
  manualSeed(3);
  const norm = new BatchNorm(2, 40, { device });
  const x = keep(randn([4, 40, 5, 6], { device, requiresGrad: true }));
  const step = (): Tensor => {
    x.clearGrad();
    norm.zeroGrad();
    const y = pipe(x, norm, activation);
    sum(y).backward();
    return y;
  };
  const captured = options === null ? null : capture(step, options);
  const numbers: unknown[] = [];
  for (let i = 0; i < 3; i++) {
    const y = (captured ?? step)();
    const { weight, bias, running_mean, running_var } = norm;
    const results = [y, x.grad!, weight!.grad!, bias!.grad!, running_mean!, running_var!];
    numbers.push(...(await Promise.all(results.map((t) => t.data()))));
  }
  const graph = String(captured);
  captured?.dispose();
  return { numbers, graph };
}

for (const [name, open] of [
  ['reference', () => reference()],
  ['wasm', () => wasm({ threads: 1 })],
] as const) {
  for (const activation of [new ReLU(), new ReLU6(), new Hardtanh(-0.5, 0.25)]) {
    test(`batch norm and ${String(activation)} in one pass give the bits of both on ${name}`, async () => {
      const device = await open();
      const eager = await train(device, activation, null);
      const apart = await train(device, activation, { fuse: false });
      const together = await train(device, activation, { fuse: true });
      expect(apart.numbers).toEqual(eager.numbers);
      expect(together.numbers).toEqual(eager.numbers);
      expect(apart.graph).toMatch(/ (relu|hardtanh)\(/);
      expect(together.graph).not.toMatch(/ (relu|hardtanh)(Grad)?\(/);
    });
  }
}
