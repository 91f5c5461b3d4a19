import { capsnet } from '@convnet/capsnet';
import { DenseNet } from '@convnet/densenet';
import { lenet5_relu } from '@convnet/lenet';
import { mobilenet_v2 } from '@convnet/mobilenet';
import { resnet18 } from '@convnet/resnet';
import type { Device } from '@convnet/tensor-core';
import { beforeAll, describe, expect, test } from 'vitest';

import { openWebGpu } from '../devices/open-webgpu.ts';
import { optimizers, train, type Network } from '../testing/captured-training.ts';

const steps = 5;
const batch = 2;
const numClasses = 3;

/** The families with few channels, and batches of 16 elements a side, or the least that the family takes. */
const networks: Readonly<Record<string, Network>> = {
  lenet5_relu: {
    shape: [batch, 1, 28, 28],
    build: (device) => lenet5_relu({ dims: 2, numClasses, inputSize: 28, device }),
  },
  'resnet18 in 1D': {
    shape: [batch, 2, 16],
    build: (device) => resnet18({ dims: 1, inChannels: 2, numClasses, width: 4, device }),
  },
  'resnet18 in 2D': {
    shape: [batch, 3, 16, 16],
    build: (device) => resnet18({ dims: 2, numClasses, width: 4, device }),
  },
  // These two have fewer blocks than their papers' networks: more of them say nothing else, and each size has its own pipelines.
  'mobilenet_v2 of few blocks': {
    shape: [batch, 3, 16, 16],
    build: (device) =>
      mobilenet_v2({
        dims: 2,
        numClasses,
        widthMult: 0.1,
        invertedResidualSetting: [
          [1, 16, 1, 1],
          [6, 24, 2, 2],
          [6, 32, 2, 2],
        ],
        device,
      }),
  },
  'densenet of few layers': {
    shape: [batch, 3, 32, 32],
    build: (device) =>
      new DenseNet('densenet', [2, 2, 2, 2], {
        dims: 2,
        numClasses,
        growthRate: 4,
        numInitFeatures: 8,
        device,
      }),
  },
  capsnet: {
    shape: [batch, 1, 20, 20],
    build: (device) =>
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
};

// Dawn is the npm package `webgpu`; see docs/decisions/0007-webgpu.md.
describe.runIf(process.env['WEBGPU_PACKAGE'] !== undefined)(
  'on WebGPU, captured as it stands, a step has the bits of an eager one',
  () => {
    let device: Device;
    beforeAll(async () => {
      device = await openWebGpu();
      return () => device.dispose();
    });

    const kinds = Object.keys(optimizers);
    test.each(Object.keys(networks).map((name, i) => [name, kinds[i % kinds.length]!] as const))(
      '%s with %s',
      async (name, kind) => {
        const run = (isCaptured: boolean): Promise<string[]> =>
          train(device, networks[name]!, optimizers[kind]!, {
            steps,
            numClasses,
            isCaptured,
            fuse: false,
            waits: true,
          });
        const eager = await run(false);
        expect(new Set(eager.slice(0, steps)).size).toBe(steps);
        expect(await run(true)).toEqual(eager);
      },
    );
  },
);
