import { ArrayDataset, randomCrop } from '@convnet/data';
import { lenet5, lenet5_relu, lenet_bn } from '@convnet/lenet';

import { decodeDigits, digitPixels, digitScaling, type Digits } from './digit-file.ts';
import type { Task } from './task.ts';

/** Handwritten digits, from the file that the page ships. */
export function digitsTask(file: Uint8Array): Task {
  const { train, test } = decodeDigits(file);
  const { mean, std } = digitScaling;
  return {
    name: 'digits',
    // People do not draw in the middle: what is learned holds two pixels to each side.
    train: setOf(train).withTransforms(randomCrop({ padding: 2 })),
    test: setOf(test),
    batchSize: 64,
    networks: [
      {
        name: 'lenet5_relu',
        title: 'LeNet-5 with ReLU',
        learningRate: 1e-3,
        build: async (device) => lenet5_relu({ device }),
      },
      {
        name: 'lenet5',
        title: 'LeNet-5 of 1998, tanh',
        learningRate: 2e-3,
        build: async (device) => lenet5({ device }),
      },
      {
        name: 'lenet_bn',
        title: 'LeNet with batch norm',
        learningRate: 1e-3,
        build: async (device) => lenet_bn({ device }),
      },
    ],
    normalise: (sample) => Float32Array.from(sample, (value) => (value - mean) / std),
    testSample: (index) =>
      Float32Array.from(
        test.pixels.subarray(index * digitPixels, (index + 1) * digitPixels),
        (value) => value / 255,
      ),
  };
}

function setOf({ pixels, labels }: Digits): ArrayDataset {
  return new ArrayDataset({
    data: pixels,
    labels,
    inputShape: [1, 28, 28],
    classes: Array.from({ length: 10 }, (_, digit) => String(digit)),
    scale: 1 / 255,
    ...digitScaling,
  });
}
