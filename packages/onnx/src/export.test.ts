import { wasm } from '@convnet/backend-wasm';
import {
  AvgPool2d,
  BatchNorm2d,
  compile,
  Conv2d,
  MaxPool2d,
  Module,
  ReLU,
  Sequential,
} from '@convnet/layers';
import {
  ArgumentError,
  DeviceError,
  argsort,
  cast,
  slice,
  type Device,
  type Tensor,
} from '@convnet/tensor-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { exportOnnx, UnsupportedOperationsError } from './index.ts';
import { readModel } from './testing/read-model.ts';

class Sorted extends Module {
  forward(x: Tensor): Tensor {
    return cast(argsort(x, -1), 'float32');
  }
}

class WithoutFirst extends Module {
  forward(x: Tensor): Tensor {
    return slice(x, 0, 1);
  }
}

describe('exportOnnx', () => {
  let device: Device;
  beforeAll(async () => {
    device = await wasm({ threads: 1 });
  });
  afterAll(() => device.dispose());

  const network = (): Sequential =>
    new Sequential([
      new Conv2d(3, 4, 3, { bias: false, device }),
      new BatchNorm2d(4, { device }),
      new ReLU(),
      new MaxPool2d(3, { stride: 2, ceilMode: true }),
    ]);

  test('keeps the names of the state dict and the paths of modules', async () => {
    const model = network();
    const { graph, opset } = readModel(await exportOnnx(model, [1, 3, 8, 8]));
    expect(opset).toBe(17);
    expect(graph.nodes.map(({ name }) => name)).toEqual([
      '/0/Conv',
      '/1/BatchNormalization',
      '/2/Relu',
      '/3/MaxPool',
    ]);
    const names = [...model.stateDict().keys()].filter((key) => !key.endsWith('_tracked'));
    expect(graph.initializers.map(({ name }) => name).toSorted()).toEqual(names.toSorted());
    expect(graph.inputs).toEqual([{ name: 'input', shape: [1, 3, 8, 8] }]);
    expect(graph.outputs).toEqual([{ name: 'output', shape: [1, 4, 3, 3] }]);
  });

  test('writes pooling as it was meant', async () => {
    const { graph } = readModel(await exportOnnx(network(), [1, 3, 8, 8]));
    expect(graph.nodes[3]!.attributes).toEqual({
      kernel_shape: [3, 3],
      strides: [2, 2],
      pads: [0, 0, 0, 0],
      ceil_mode: 1,
      dilations: [1, 1],
    });
  });

  test('folds batch norm where asked, and in a compiled model', async () => {
    const model = network();
    const compiled = compile(model, [1, 3, 8, 8]);
    for (const file of [
      await exportOnnx(model, [1, 3, 8, 8], { foldBatchNorm: true }),
      await exportOnnx(compiled, [1, 3, 8, 8]),
    ]) {
      const { graph } = readModel(file);
      expect(graph.nodes.map(({ opType }) => opType)).toEqual(['Conv', 'Relu', 'MaxPool']);
      expect(graph.initializers.map(({ name }) => name)).toEqual(['0.weight', '0.bias']);
    }
    compiled.dispose();
  });

  test('leaves the batch open', async () => {
    const options = { dynamicBatch: true, names: { input: 'image', outputs: ['map'] } };
    const { graph } = readModel(await exportOnnx(network(), [2, 3, 8, 8], options));
    expect(graph.inputs).toEqual([{ name: 'image', shape: ['batch', 3, 8, 8] }]);
    expect(graph.outputs).toEqual([{ name: 'map', shape: ['batch', 4, 3, 3] }]);
  });

  test('leaves the mode, the forwards and the memory of the model as they were', async () => {
    const model = network().train();
    const before = device.liveBuffers;
    const forward = model.forward;
    await exportOnnx(model, [1, 3, 8, 8], { foldBatchNorm: true });
    expect(model.training).toBe(true);
    expect(model.forward).toBe(forward);
    expect(device.liveBuffers).toBe(before);
  });

  test('names all operations that it cannot write, with their modules', async () => {
    const model = new Sequential([new Sorted(), new ReLU(), new Sequential([new Sorted()])]);
    const error: unknown = await exportOnnx(model, [1, 8]).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(UnsupportedOperationsError);
    const { operations } = error as UnsupportedOperationsError;
    expect(operations.map(({ module, operation }) => [module, operation])).toEqual([
      ['0', 'argsort'],
      ['2.0', 'argsort'],
    ]);
  });

  test('refuses a batch that the network fixes', async () => {
    const model = new Sequential([new WithoutFirst()]);
    await expect(exportOnnx(model, [2, 4], { dynamicBatch: true })).rejects.toThrow(
      UnsupportedOperationsError,
    );
    await expect(exportOnnx(model, [2, 4])).resolves.toBeInstanceOf(Uint8Array);
  });

  test('an average over windows beyond the padding is lowered', async () => {
    const pool = new Sequential([new AvgPool2d(3, { stride: 2, padding: 1, ceilMode: true })]);
    const { graph } = readModel(await exportOnnx(pool, [1, 1, 6, 6]));
    expect(graph.nodes.map(({ opType }) => opType)).not.toContain('AveragePool');
  });

  test('refuses what it does not know', async () => {
    const model = network();
    const shape = [1, 3, 8, 8];
    const refused = (options: object): Promise<void> =>
      expect(exportOnnx(model, shape, options)).rejects.toThrow(ArgumentError);
    await refused({ opset: 12 });
    await refused({ opset: 27 });
    await refused({ opsetVersion: 17 });
    await refused({ dynamicBatch: 'yes' });
    await refused({ names: { input: 'x', outputs: ['x'] } });
    await refused({ names: { outputs: ['a', 'b'] } });
    await refused({ names: { outputs: ['0.weight'] } });
    await expect(exportOnnx(model, [1, 3, 8.5, 8])).rejects.toThrow(ArgumentError);
    await expect(exportOnnx({} as never, shape)).rejects.toThrow(ArgumentError);
    const meta = new Sequential([new Conv2d(3, 4, 3)]);
    await expect(exportOnnx(meta, shape)).rejects.toThrow(DeviceError);
  });
});
