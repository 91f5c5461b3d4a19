import { DataLoader, idxDataset } from '@convnet/data';
import { lenet5_relu } from '@convnet/lenet';
import { Adam, OneCycleLR } from '@convnet/optim';
import { manualSeed } from '@convnet/tensor-core';
import { evaluate, fit } from '@convnet/train';

const batchSize = 64;

/** What a training is asked for. */
/** @typedef {{ epochs: number, maxSteps?: number, onStep?: (step: number) => unknown }} Wanted */

/**
 * @param {string} part 'train' or 'test', of the digits beside the page.
 */
async function digits(part) {
  const read = async (/** @type {string} */ name) => {
    const url = new URL(`/digits/${part}-${name}`, globalThis.location.href).href;
    const response = await fetch(url);
    if (!response.ok) throw new Error(`${url}: HTTP ${response.status}`);
    return { bytes: new Uint8Array(await response.arrayBuffer()), source: url };
  };
  return idxDataset(await read('images'), await read('labels'), {
    classes: Array.from({ length: 10 }, (_, digit) => String(digit)),
    inputShape: [1, 28, 28],
    scale: 1 / 255,
    mean: 0.1307,
    std: 0.3081,
  });
}

/**
 * Trains LeNet on digits of MNIST, always from the same weights and in the same order.
 *
 * @param {import('@convnet/tensor-core').Device} device
 * @param {Wanted} wanted
 * @returns {Promise<{ losses: number[], accuracy: number | null }>} Of each step; on digits that test, behind whole epochs.
 */
export async function learnDigits(device, { epochs, maxSteps, onStep }) {
  const train = await digits('train');
  manualSeed(1);
  const model = lenet5_relu({ dims: 2, numClasses: 10, device });
  const optimizer = new Adam(model.parameters());
  const totalSteps = epochs * Math.ceil(train.length / batchSize);
  const losses = [];
  await fit(model, {
    train: new DataLoader(train, { batchSize, shuffle: true, seed: 1, device }),
    ...(maxSteps === undefined ? {} : { maxSamples: maxSteps * batchSize }),
    optimizer,
    schedule: new OneCycleLR(optimizer, { maxLearningRate: 0.012, totalSteps }),
    epochs,
    checkEvery: 1,
    onStep: ({ totalSteps: step, loss }) => {
      losses.push(loss);
      return onStep?.(step);
    },
  });
  let accuracy = null;
  if (maxSteps === undefined) {
    const test = new DataLoader(await digits('test'), { batchSize: 500, device });
    ({ accuracy } = await evaluate(model, test));
  }
  optimizer.dispose();
  model.dispose();
  return { losses, accuracy };
}
