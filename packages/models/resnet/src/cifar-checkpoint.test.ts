import { join } from 'node:path';

import { reference } from '@convnet/tensor-core/reference';
import { noGrad, tensor } from '@convnet/tensor-core';
import { loadWeights, openTorch } from '@convnet/weights';
import { expect, test } from 'vitest';

import expected from '../fixtures/checkpoints/cifar-checkpoint.json' with { type: 'json' };
import { resnet20, resnet32 } from './index.ts';

const device = reference();
const path = join(import.meta.dirname, '../fixtures/checkpoints/cifar-checkpoint.th');

test('a checkpoint of a ResNet for CIFAR-10 loads as it is, and gives the logits of PyTorch', async () => {
  const model = resnet20({ device }).eval();
  const report = await loadWeights(model, path);
  expect(report).toMatchObject({ left: [], unexpected: [] });
  expect(report.renamed.get('fc.weight')).toBe('module.linear.weight');
  const count = 2 * 3 * 32 * 32;
  const data = Float32Array.from({ length: count }, (_, i) => -2 + (4 * i) / (count - 1));
  const x = tensor(data, [2, 3, 32, 32], { device });
  const logits = await noGrad(() => model.forward(x)).data();
  const largest = Math.max(...expected.logits.map(Math.abs));
  expected.logits.forEach((value, i) => {
    expect(Math.abs(logits[i]! - value) / largest).toBeLessThan(1e-5);
  });
});

test('what is beside the weights can be read, and another depth is refused', async () => {
  await using file = await openTorch(path);
  expect((file.content as ReadonlyMap<string, unknown>).get('best_prec1')).toBe(91.73);
  await expect(loadWeights(resnet32({ device }), path)).rejects.toThrow('layer1.3.conv1.weight');
});

test('its head is left out where the model has other classes', async () => {
  const model = resnet20({ numClasses: 2, device });
  const report = await loadWeights(model, path, { head: false });
  expect([...report.left].sort()).toEqual(['fc.bias', 'fc.weight']);
});
