import {
  add,
  capture,
  conv,
  manualSeed,
  noGrad,
  openScope,
  pointwise,
  pointwiseRows,
  randn,
  type Device,
  type Tensor,
} from '@convnet/tensor-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { wasm } from '../index.ts';

/** Each way that a convolution is computed: small and large products, depthwise, Winograd, groups, one axis. */
const shapes: readonly (readonly [
  input: readonly number[],
  weight: readonly number[],
  options: { readonly padding?: number; readonly stride?: number; readonly groups?: number },
])[] = [
  [[2, 3, 7, 6], [5, 3, 3, 3], { padding: 1 }],
  [[2, 1, 28, 28], [6, 1, 5, 5], { padding: 2 }],
  [[2, 17, 9, 9], [8, 17, 1, 1], {}],
  [[1, 300, 5, 5], [33, 300, 1, 1], {}],
  [[2, 24, 9, 9], [24, 1, 3, 3], { padding: 1, groups: 24 }],
  [[2, 8, 9, 9], [8, 1, 5, 5], { padding: 2, stride: 2, groups: 8 }],
  [[1, 64, 12, 11], [32, 64, 3, 3], { padding: 1 }],
  [[3, 48, 50], [48, 48, 3], { padding: 1 }],
  [[2, 12, 40], [20, 12, 7], { padding: 3, stride: 2 }],
  [[1, 36, 20, 21], [32, 36, 3, 3], { padding: 1, stride: 2 }],
  [[1, 648, 9, 9], [24, 648, 3, 3], { padding: 1 }],
  [[1, 4, 6, 6], [6, 2, 3, 3], { groups: 2 }],
  [[1, 2, 3, 4, 5], [3, 2, 2, 2, 2], {}],
  [[4, 16, 5, 5], [120, 16, 5, 5], {}],
];

const activations = Object.entries(pointwiseRows)
  .filter(([, row]) => row.inputs === 1 && row.result !== 'bool' && row.gradient !== undefined)
  .filter(([, row]) => row.domain === undefined);

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

  test.each(shapes)(
    '[%s] by [%s]: what follows a convolution has the same bits',
    async (input, weight, options) => {
      using _ = openScope();
      manualSeed(2);
      const [x, w, b] = [input, weight, [weight[0]!]].map((shape) => randn(shape, { device }));
      const residual = randn(noGrad(() => conv(x!, w!, null, options)).shape, { device });
      const steps = activations.flatMap(([name, { exampleScalars = [] }]) => [
        (): Tensor => pointwise(name, [conv(x!, w!, b, options)], exampleScalars),
        (): Tensor => pointwise(name, [add(conv(x!, w!, null, options), residual)], exampleScalars),
      ]);
      for (const step of [...steps, () => add(residual, conv(x!, w!, b, options))]) {
        const captured = capture(step);
        captured();
        expect(String(captured)).toContain('fusedConv');
        expect(await captured().data()).toEqual(await step().data());
        captured.dispose();
      }
    },
  );
});
