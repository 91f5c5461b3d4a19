import { existsSync } from 'node:fs';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import { ArrayDataset } from '@convnet/data';
import { afterEach, beforeEach, expect, test } from 'vitest';

import { smallNetworks } from '../testing/small-run.ts';
import { PyTorchTrainer } from './pytorch-trainer.ts';
import { changed } from './random-changes.ts';
import { recipeFor } from './recipe.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'convnet-fake-python-'));
});
afterEach(() => rm(folder, { recursive: true }));

/** Takes the place of Python: answers with what it finds in the files of the training samples. */
const program = (parameters: number): string => `#!${process.execPath}
const { readFileSync } = require('node:fs');
require('node:readline').createInterface({ input: process.stdin }).on('line', (line) => {
  const request = JSON.parse(line);
  const { inputs, labels } = request.parts.train;
  const values = new Float32Array(new Uint8Array(readFileSync(inputs)).buffer);
  const classes = new Int32Array(new Uint8Array(readFileSync(labels)).buffer);
  console.log(JSON.stringify({ parameters: ${parameters}, accuracy: 0.5, values: [...values], classes: [...classes], request }));
});
`;

const split = () => {
  const samples = (...values: number[]): ArrayDataset =>
    new ArrayDataset({
      data: Float32Array.from(values),
      labels: values.map((_, i) => i % 2),
      inputShape: [1, 1],
      classes: ['a', 'b'],
      scale: 0.5,
    });
  const changes = { decibels: 6 };
  return {
    source: { name: 'Numbers', origin: 'here', licence: 'none' },
    digest: 'abc',
    changes,
    train: changed(samples(1, 2, 3), changes),
    validation: samples(4),
    test: samples(5),
  };
};

async function trainer(parameters: number): Promise<PyTorchTrainer> {
  const python = join(folder, 'python');
  await writeFile(python, program(parameters));
  await chmod(python, 0o755);
  const splits = new Map([['quickdraw100', split()]]);
  const signal = new AbortController().signal;
  return new PyTorchTrainer({ python, version: '9.9' }, splits, recipeFor(), signal);
}

test('it is given the samples before their random changes, what these are, and the recipe', async () => {
  const [network] = smallNetworks;
  const peer = await trainer(10);
  const answer = await peer.train(network!, { rate: 0.01, epochs: 3, seed: 7 });
  expect(answer).toMatchObject({
    accuracy: 0.5,
    // Scaled as the network's own samples are.
    values: [0.5, 1, 1.5],
    classes: [0, 1, 0],
    request: {
      member: 'lenet5',
      dims: 2,
      classes: 2,
      inputShape: [1, 1],
      changes: { decibels: 6 },
      rate: 0.01,
      epochs: 3,
      seed: 7,
      batchSize: 32,
      weightDecay: 0.01,
      repeats: 1,
      stem: 'cifar',
    },
  });
  const { request } = answer as unknown as { request: { parts: { test: { inputs: string } } } };
  expect(existsSync(request.parts.test.inputs)).toBe(true);
  peer.close();
  expect(existsSync(dirname(dirname(request.parts.test.inputs)))).toBe(false);
});

test('another network than convnet’s is refused by its number of parameters', async () => {
  const peer = await trainer(11);
  const training = peer.train(smallNetworks[0]!, { rate: 0.01, epochs: 3, seed: 7 });
  await expect(training).rejects.toThrow("PyTorch's has 11 parameters, convnet's 10");
  peer.close();
});
