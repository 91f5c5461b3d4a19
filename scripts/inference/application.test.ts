import { isDeepStrictEqual } from 'node:util';
import type * as wasmBackend from '../../packages/backend-wasm/src/index.ts';
import type * as core from '../../packages/tensor-core/src/index.ts';
import type { Device, Tensor } from '../../packages/tensor-core/src/index.ts';
import type { Program, ProgramRun } from '../../packages/conformance/src/program.ts';
import type * as layers from '../../packages/layers/src/index.ts';
import type * as optim from '../../packages/optim/src/index.ts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { buildTwice, type BuiltTwice } from './application.ts';

type Model = layers.Module & { forward(x: Tensor): Tensor };

interface Application {
  readonly core: typeof core;
  readonly layers: typeof layers;
  readonly optim: typeof optim;
  readonly wasm: typeof wasmBackend.wasm;
  readonly families: Readonly<Record<string, (options: object) => Model>>;
  readonly programs: readonly Program[];
  runProgram(program: Program, device: Device, options: object): Promise<ProgramRun>;
}

const code = `
export * as core from '@convnet/tensor-core';
export * as layers from '@convnet/layers';
export * as optim from '@convnet/optim';
export { wasm } from '@convnet/backend-wasm';
import { lenet5 } from '@convnet/lenet';
import { resnet18 } from '@convnet/resnet';
import { mobilenet_v3_small } from '@convnet/mobilenet';
import { squeezenet1_1 } from '@convnet/squeezenet';
import { shufflenet_v2_x0_5 } from '@convnet/shufflenet';
import { efficientnet_b0 } from '@convnet/efficientnet';
export const families = {
  lenet5: (options) => lenet5({ ...options, inputSize: 224 }), resnet18, mobilenet_v3_small, squeezenet1_1, shufflenet_v2_x0_5, efficientnet_b0,
};
export { programs } from './packages/conformance/src/programs.ts';
export { runProgram } from './packages/conformance/src/program.ts';
`;

let built: BuiltTwice<Application>;
let ordinary: Application & { readonly device: Device };
let inference: Application & { readonly device: Device };

beforeAll(async () => {
  built = await buildTwice<Application>(code);
  ordinary = { ...built.ordinary, device: await built.ordinary.wasm() };
  inference = { ...built.inference, device: await built.inference.wasm() };
});

afterAll(() => {
  ordinary?.device.dispose();
  inference?.device.dispose();
  built?.[Symbol.dispose]();
});

const whatItIs =
  'this page was built for inference: __CONVNET_INFERENCE__ is defined as true, which leaves training out';

test('what only training needs is not there', () => {
  expect(built.bytes.inference).toBeLessThan(0.93 * built.bytes.ordinary);
});

test('every operation gives the same numbers, and only what trains says that it cannot', async () => {
  const refused = new Set<string>();
  const different: string[] = [];
  for (const [i, program] of inference.programs.entries()) {
    const forward = (app: typeof ordinary): Promise<ProgramRun> => {
      const own = app.programs[i]!;
      const inputs = own.inputs.map((input) => ({ ...input, grad: false }));
      return app.runProgram({ ...own, inputs }, app.device, { backward: false });
    };
    const expected = (await forward(ordinary)).outputs;
    const { outputs, error } = await forward(inference).then(
      (run) => ({ outputs: run.outputs, error: '' }),
      (thrown: unknown) => ({ outputs: null, error: String(thrown) }),
    );
    if (outputs === null) refused.add(error);
    else if (!isDeepStrictEqual(outputs, expected)) different.push(program.name);
  }
  expect(different).toEqual([]);
  expect([...refused].toSorted()).toEqual([
    // These programs ask the device by themselves, past the functions that say more.
    "DeviceError: backend 'wasm' has no kernel 'adamStep'",
    "DeviceError: backend 'wasm' has no kernel 'batchNormGrad'",
    "DeviceError: backend 'wasm' has no kernel 'sgdStep'",
    `InferenceOnlyError: batchNorm in training mode, which eval() ends: ${whatItIs}`,
  ]);
  expect(inference.programs.length).toBeGreaterThan(300);
});

describe('families', () => {
  const members = [
    'lenet5',
    'resnet18',
    'mobilenet_v3_small',
    'squeezenet1_1',
    'shufflenet_v2_x0_5',
    'efficientnet_b0',
  ];
  test.each(members)('%s predicts the same, as it is and compiled', async (name) => {
    const run = async (app: typeof ordinary): Promise<unknown> => {
      const { manualSeed, noGrad, randn } = app.core;
      const { device } = app;
      manualSeed(3);
      const model = app.families[name]!({ dims: 1, inChannels: 3, numClasses: 4, device }).eval();
      const x = randn([2, 3, 224], { device });
      const eager = await noGrad(() => model.forward(x)).data();
      const compiled = app.layers.compile(model, x.shape);
      // On the ordinary page the first run is written down, and the second the first of those that are read.
      const first = await compiled.forward(x).data();
      const second = await compiled.forward(x).data();
      return { eager, first, second, summary: String(app.layers.summary(model, x.shape)) };
    };
    expect(await run(inference)).toEqual(await run(ordinary));
  });
});

describe('training says that it is not there', () => {
  /** The message of the error that it ends with. */
  const saidBy = (body: () => unknown): string => {
    try {
      body();
    } catch (error) {
      if (error instanceof inference.core.InferenceOnlyError) return error.message;
      throw error;
    }
    return 'nothing';
  };

  test('backward, of a loss and of anything else, and a gradient by hand', () => {
    const { core, device } = inference;
    const logits = core.randn([2, 3], { device, requiresGrad: true });
    const labels = core.tensor([0, 2], { device, dtype: 'int32' });
    const backward = `backward: ${whatItIs}`;
    expect(saidBy(() => core.crossEntropy(logits, labels).backward())).toBe(backward);
    expect(saidBy(() => core.sum(logits).backward())).toBe(backward);
    expect(saidBy(() => logits.backward(logits))).toBe(backward);
    const byHand = (): void => {
      logits.grad = core.zeros([2, 3], { device });
    };
    expect(saidBy(byHand)).toBe(`grad: ${whatItIs}`);
    expect(logits.grad).toBeNull();
  });

  test('the steps of optimisers', () => {
    const { core, optim: methods, device } = inference;
    const weight = core.zeros([2], { device, requiresGrad: true });
    const sgd = new methods.SGD([weight], { learningRate: 0.1 });
    expect(saidBy(() => sgd.step())).toBe(`SGD.step: ${whatItIs}`);
    const update = { parameter: weight, gradient: weight, momentum: null };
    expect(saidBy(() => core.sgdSteps([update], {} as never, 0.1))).toBe(`sgdSteps: ${whatItIs}`);
    const adam = new methods.Adam([weight]);
    expect(saidBy(() => adam.step())).toBe(`Adam.step: ${whatItIs}`);
  });

  test('a network in training mode, which names the layer', () => {
    const { core, families, device } = inference;
    const model = families['resnet18']!({ dims: 1, numClasses: 4, device });
    const x = core.randn([2, 3, 64], { device });
    expect(saidBy(() => model.forward(x))).toBe(
      `resnet18.bn1: batchNorm in training mode, which eval() ends: ${whatItIs}`,
    );
  });

  test('and without the flag it trains', async () => {
    const { core, optim: methods, device } = ordinary;
    const weight = core.ones([2], { device, requiresGrad: true });
    core.sum(weight).backward();
    new methods.SGD([weight], { learningRate: 0.5 }).step();
    expect([...(await weight.data())]).toEqual([0.5, 0.5]);
  });
});
