import { wasm, type WasmOptions } from '@convnet/backend-wasm';
import { capsnet } from '@convnet/capsnet';
import { densenet121 } from '@convnet/densenet';
import { lenet5_relu } from '@convnet/lenet';
import { mobilenet_v2 } from '@convnet/mobilenet';
import { Adam, CosineAnnealingLR } from '@convnet/optim';
import { resnet18 } from '@convnet/resnet';
import {
  capture,
  crossEntropy,
  dropout,
  manualSeed,
  randn,
  scope,
  tensor,
  type Device,
  type Tensor,
} from '@convnet/tensor-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { bitsOf, optimizers, train, type Network } from './captured-training.ts';

const steps = 20;
const numClasses = 5;

const networks: Readonly<Record<string, Network>> = {
  lenet5_relu: {
    shape: [4, 1, 28, 28],
    build: (device) => lenet5_relu({ dims: 2, numClasses, inputSize: 28, device }),
  },
  'resnet18 in 1D': {
    shape: [3, 2, 96],
    build: (device) => resnet18({ dims: 1, inChannels: 2, numClasses, device }),
  },
  'resnet18 in 2D': {
    shape: [2, 3, 32, 32],
    build: (device) => resnet18({ dims: 2, numClasses, device }),
  },
  mobilenet_v2: {
    shape: [2, 3, 32, 32],
    build: (device) => mobilenet_v2({ dims: 2, numClasses, device }),
  },
  densenet121: {
    shape: [2, 3, 32, 32],
    build: (device) => densenet121({ dims: 2, numClasses, device }),
  },
  capsnet: {
    shape: [2, 1, 20, 20],
    build: (device) =>
      capsnet({ dims: 2, numClasses, inputSize: 20, reconstruction: false, device }),
  },
};

/**
 * Tests that a captured step gives the bits of an eager one, for each network with one of the optimisers and for the smallest with
 * all, on one and on two threads.
 */
export function describeCaptured(options: Pick<WasmOptions, 'revectorize'>): void {
  describe.each([1, 2])(
    'on %i threads a captured step gives the bits of an eager one',
    (threads) => {
      let device: Device;
      beforeAll(async () => {
        device = await wasm({ threads, ...options });
        expect(String(device).includes('256-bit')).toBe(options.revectorize);
      });
      afterAll(() => device.dispose());

      const pairs = Object.keys(networks).flatMap((network, i) =>
        Object.keys(optimizers)
          .filter((_, k) => network === 'lenet5_relu' || (i + threads) % 3 === k)
          .map((optimizer) => [network, optimizer] as const),
      );
      test.each(pairs)('%s with %s', async (network, optimizer) => {
        const live = device.liveBuffers;
        const run = (isCaptured: boolean): Promise<string[]> =>
          train(device, networks[network]!, optimizers[optimizer]!, {
            steps,
            numClasses,
            isCaptured,
          });
        const eager = await run(false);
        const captured = await run(true);
        expect(captured).toEqual(eager);
        expect(device.liveBuffers).toBe(live);
      });

      test('also behind a step that a wrong label has ended', async () => {
        const run = async (isCaptured: boolean): Promise<string[]> => {
          manualSeed(1);
          const model = networks['lenet5_relu']!.build(device);
          const optimizer = new Adam(model.parameters(), { learningRate: 1e-2 });
          const schedule = new CosineAnnealingLR(optimizer, { totalSteps: steps });
          const learn = (x: Tensor, labels: Tensor): Tensor => {
            const loss = crossEntropy(model.forward(dropout(x, 0.2)), labels);
            optimizer.zeroGrad();
            loss.backward();
            optimizer.step();
            schedule.step();
            return loss;
          };
          const captured = capture(learn);
          const seen: string[] = [];
          for (let i = 0; i < 12; i++) {
            const loss = scope(() => {
              const x = randn([2, 1, 28, 28], { device });
              // The first replay, one that is written down and one of those behind it.
              const wrong = [1, 2, 7].includes(i) ? numClasses : 0;
              const labels = tensor(Int32Array.of(1, wrong), [2], { device });
              try {
                return (isCaptured ? captured : learn)(x, labels).detach();
              } catch (error) {
                seen.push(String(error));
                return null;
              }
            });
            if (loss !== null) seen.push(String(await loss.item()));
            loss?.dispose();
          }
          seen.push(String(optimizer.groups[0]!.options.learningRate));
          for (const [path, weight] of model.stateDict())
            seen.push(`${path} ${bitsOf(await weight.data())}`);
          captured.dispose();
          optimizer.dispose();
          model.dispose();
          return seen;
        };
        const eager = await run(false);
        expect(eager.filter((text) => text.startsWith('LabelRangeError'))).toHaveLength(3);
        expect(await run(true)).toEqual(eager);
      });
    },
  );
}
