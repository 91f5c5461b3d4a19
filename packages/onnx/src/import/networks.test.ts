import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { wasm } from '@convnet/backend-wasm';
import { compile, summary } from '@convnet/layers';
import {
  capture,
  crossEntropy,
  noGrad,
  scope,
  tensor,
  type Device,
  type Tensor,
} from '@convnet/tensor-core';
import { reference } from '@convnet/tensor-core/reference';
import { describe, expect, test } from 'vitest';

import { exportOnnx, importOnnx } from '../index.ts';

interface Network {
  readonly inputShape: readonly number[];
  /** In base64. */
  readonly file: string;
  readonly keys: readonly string[];
  readonly outputShape: readonly number[];
  readonly output: readonly number[];
}

const path = join(import.meta.dirname, '../../fixtures/networks.json');
const networks = JSON.parse(readFileSync(path, 'utf8')) as Readonly<Record<string, Network>>;

const bytesOf = ({ file }: Network): Uint8Array => new Uint8Array(Buffer.from(file, 'base64'));
const onWasm = await wasm({ threads: 1 });

/** What fixtures/networks.py feeds. */
function inputOf({ inputShape }: Network, device: Device): Tensor {
  const count = inputShape.reduce((product, extent) => product * extent);
  const step = 2 / (count - 1);
  const data = Float32Array.from({ length: count }, (_, i) => -1 + i * step);
  return tensor(data, inputShape, { device });
}

async function worst(y: Tensor, expected: readonly number[]): Promise<number> {
  const found = await y.data();
  return Math.max(...expected.map((value, i) => Math.abs(value - found[i]!)));
}

describe.each([
  ['reference', reference()],
  ['wasm', onWasm],
] as const)('networks of PyTorch on %s', (_, device) => {
  test.each(Object.entries(networks))('%s', async (__, network) => {
    const model = await importOnnx(bytesOf(network), { device });
    const x = inputOf(network, device);
    const y = noGrad(() => model.forward(x));
    expect(y.shape).toEqual(network.outputShape);
    expect(await worst(y, network.output)).toBeLessThan(1e-5);
  });
});

describe('an imported network', () => {
  const classifier = networks['a classifier']!;

  test('has the keys of PyTorch, at the paths of its layers', async () => {
    const model = await importOnnx(bytesOf(classifier), { device: onWasm });
    expect([...model.stateDict().keys()].toSorted()).toEqual([...classifier.keys].toSorted());
    expect(model.getModule('0').typeName).toBe('Conv');
    expect(model.getModule('9').typeName).toBe('Gemm');
    const buffers = Array.from(model.namedBuffers(), ([key]) => key);
    expect(buffers).toEqual(['1.running_mean', '1.running_var']);
    expect(model.inputNames).toEqual(['x']);
    expect(model.inputShapes).toEqual([['batch', 3, 17, 17]]);
    expect(model.outputNames).toEqual(['y']);
    expect(model.training).toBe(false);
  });

  test('is summarised without values, and gets them when it is moved to a device', async () => {
    const model = await importOnnx(bytesOf(classifier));
    const { parameters, layers } = summary(model, [1, 3, 17, 17]);
    expect(parameters).toBe(4 * 27 + 8 + 6 * 2 * 9 + 6 + 6 + 35);
    expect(layers.find(({ path: at }) => at === '0')).toMatchObject({
      type: 'Conv',
      outputShape: [1, 4, 9, 9],
      parameters: 108,
      macs: 108 * 81,
    });
    await model.to(onWasm);
    const y = noGrad(() => model.forward(inputOf(classifier, onWasm)));
    expect(await worst(y, classifier.output)).toBeLessThan(1e-5);
  });

  test('is trained: every parameter gets a gradient and batch norm moves its statistics', async () => {
    const model = await importOnnx(bytesOf(classifier), { device: onWasm });
    const x = inputOf(classifier, onWasm);
    const labels = tensor([1, 3], [2], { device: onWasm, dtype: 'int32' });
    const before = await model.stateDict().get('1.running_mean')!.data();
    model.train();
    const step = capture(() => {
      model.zeroGrad();
      const loss = crossEntropy(model.forward(x), labels);
      loss.backward();
      return loss;
    });
    step();
    step();
    const without: string[] = [];
    for (const [key, { grad }] of model.namedParameters()) {
      const values = (await grad?.data()) ?? [];
      if (!values.some((value) => value !== 0)) without.push(key);
    }
    expect(without).toEqual([]);
    expect(await model.stateDict().get('1.running_mean')!.data()).not.toEqual(before);
    step.dispose();
  });

  test('is compiled, with batch norm folded, for any batch', async () => {
    const model = await importOnnx(bytesOf(classifier), { device: onWasm });
    const compiled = compile(model, [1, 3, 17, 17]);
    const y = compiled.forward(inputOf(classifier, onWasm));
    expect(await worst(y, classifier.output)).toBeLessThan(1e-5);
    expect(String(compiled)).not.toContain('batchNorm');
    compiled.dispose();
  });

  test.each(Object.entries(networks))('is exported again: %s', async (__, network) => {
    const model = await importOnnx(bytesOf(network), { device: onWasm });
    const file = await exportOnnx(model, network.inputShape);
    const again = await importOnnx(file, { device: onWasm });
    const y = noGrad(() => again.forward(inputOf(network, onWasm)));
    expect(await worst(y, network.output)).toBeLessThan(1e-5);
  });

  test('gives back all memory that a run takes', async () => {
    const model = await importOnnx(bytesOf(networks['attention over positions']!), {
      device: onWasm,
    });
    const x = inputOf(networks['attention over positions']!, onWasm);
    scope(() => noGrad(() => void model.forward(x)));
    const before = onWasm.liveBuffers;
    scope(() => noGrad(() => void model.forward(x)));
    expect(onWasm.liveBuffers).toBe(before);
    model.dispose();
    x.dispose();
  });
});
