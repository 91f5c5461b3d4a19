import { capsnet } from '@convnet/capsnet';
import { densenet121 } from '@convnet/densenet';
import { lenet5_relu } from '@convnet/lenet';
import { mobilenet_v2 } from '@convnet/mobilenet';
import { Adam, CosineAnnealingLR, RMSprop, SGD, type Optimizer } from '@convnet/optim';
import { resnet18 } from '@convnet/resnet';
import {
  capture,
  crossEntropy,
  Generator,
  manualSeed,
  randn,
  scope,
  tensor,
  type Device,
  type Tensor,
} from '@convnet/tensor-core';
import { beforeAll, describe, expect, test } from 'vitest';

import { dawn } from '../testing/dawn.ts';
import { open } from '../webgpu.ts';

const found = await dawn();
const steps = 5;
const batch = 2;
const numClasses = 3;

/** What an optimiser takes. */
type Parameters = ConstructorParameters<typeof SGD>[0];

const optimizers = {
  SGD: (p: Parameters) => new SGD(p, { learningRate: 0.02, momentum: 0.9, weightDecay: 1e-4 }),
  Adam: (p: Parameters) => new Adam(p, { learningRate: 2e-3 }),
  RMSprop: (p: Parameters) => new RMSprop(p, { learningRate: 1e-3, momentum: 0.9 }),
} as const;

/** The families with few channels, and the shape of a sample: 16 elements a side, or the least that the family takes. */
const networks = {
  lenet5_relu: {
    sample: [1, 28, 28],
    build: (device: Device) => lenet5_relu({ dims: 2, numClasses, inputSize: 28, device }),
  },
  'resnet18 in 1D': {
    sample: [2, 16],
    build: (device: Device) => resnet18({ dims: 1, inChannels: 2, numClasses, width: 4, device }),
  },
  'resnet18 in 2D': {
    sample: [3, 16, 16],
    build: (device: Device) => resnet18({ dims: 2, numClasses, width: 4, device }),
  },
  mobilenet_v2: {
    sample: [3, 16, 16],
    build: (device: Device) => mobilenet_v2({ dims: 2, numClasses, widthMult: 0.1, device }),
  },
  densenet121: {
    sample: [3, 32, 32],
    build: (device: Device) =>
      densenet121({ dims: 2, numClasses, growthRate: 4, numInitFeatures: 8, device }),
  },
  capsnet: {
    sample: [1, 20, 20],
    build: (device: Device) =>
      capsnet({
        dims: 2,
        numClasses,
        inputSize: 20,
        convChannels: 8,
        primaryCapsules: 1,
        reconstruction: false,
        device,
      }),
  },
} as const;

describe.runIf('gpu' in found)('captured as it stands, a step has the bits of an eager one', () => {
  let device: Device;
  beforeAll(async () => {
    device = (await open({ gpu: 'gpu' in found ? found.gpu : null! })).device;
    return () => device.dispose();
  });

  /** The losses of all steps, and the weights and statistics behind them. */
  async function train(
    { sample, build }: (typeof networks)[keyof typeof networks],
    optimizerOf: (parameters: Parameters) => Optimizer,
    isCaptured: boolean,
  ): Promise<unknown[]> {
    manualSeed(1);
    const model = build(device);
    const optimizer = optimizerOf(model.parameters());
    const schedule = new CosineAnnealingLR(optimizer, { totalSteps: steps });
    const learn = (x: Tensor, labels: Tensor): Tensor => {
      const loss = crossEntropy(model.forward(x), labels);
      optimizer.zeroGrad();
      loss.backward();
      optimizer.step();
      return loss;
    };
    const captured = capture(learn, { fuse: false });
    const generator = new Generator(9);
    const seen: unknown[] = [];
    for (let i = 0; i < steps; i++) {
      const loss = scope(() => {
        const x = randn([batch, ...sample], { device, generator });
        const labels = tensor([i % numClasses, 1], [batch], { device, dtype: 'int32' });
        return (isCaptured ? captured : learn)(x, labels).detach();
      });
      if (isCaptured) await captured.ready;
      seen.push(await loss.item());
      loss.dispose();
      schedule.step();
    }
    for (const [path, weight] of model.stateDict()) seen.push([path, await weight.data()]);
    expect(captured.recordings).toBe(isCaptured ? 1 : 0);
    captured.dispose();
    optimizer.dispose();
    model.dispose();
    return seen;
  }

  const names = Object.keys(networks) as (keyof typeof networks)[];
  const kinds = Object.keys(optimizers) as (keyof typeof optimizers)[];
  test.each(names.map((name, i) => [name, kinds[i % kinds.length]!] as const))(
    '%s with %s',
    async (name, kind) => {
      const eager = await train(networks[name], optimizers[kind], false);
      expect(new Set(eager.slice(0, steps)).size).toBe(steps);
      expect(await train(networks[name], optimizers[kind], true)).toEqual(eager);
    },
  );
});
