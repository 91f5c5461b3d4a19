import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ArgumentError, ConvnetError } from '@convnet/tensor-core';
import { reference } from '@convnet/tensor-core/reference';
import { describe, expect, it } from 'vitest';

import { KerasFileError } from '../errors.ts';
import { inWordsOfPyTorch } from '../load/keras-layout.ts';
import { loadWeights } from '../load/load-weights.ts';
import type { KerasMap } from '../load/key-map.ts';
import { openWeights } from '../open-weights.ts';
import { encodeSafetensors } from '../safetensors/write.ts';
import { kerasFiles, strangeFiles } from '../testing/keras-files.ts';
import { PlainModel } from '../testing/plain-model.ts';
import { openKeras } from './open.ts';

const device = reference();

/** A model with the tensors of a file, under other names. */
function modelOf(name: string, rename = (key: string): string => key): PlainModel {
  const { state } = kerasFiles.get(name)!;
  return new PlainModel(
    Object.fromEntries(Object.entries(state).map(([key, { shape }]) => [rename(key), shape])),
    device,
  );
}

const flattened: Readonly<Record<string, KerasMap>> = {
  'older.h5': { names: (key) => key, flattened: { fc1: [2, 2, 3] } },
};

describe.each([...kerasFiles])('%s', (name, { bytes, state }) => {
  it('is read as PyTorch would have it', async () => {
    const model = modelOf(name);
    const map = flattened[name];
    const report = await loadWeights(model, bytes, map === undefined ? {} : { map });
    expect(report).toMatchObject({ left: [], unexpected: [] });
    const found = await model.values();
    for (const [key, { data }] of Object.entries(state)) {
      expect([key, found[key]]).toEqual([key, data.map(Math.fround)]);
    }
  });

  it('is read from a file, variable by variable', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'keras-'));
    try {
      const path = join(folder, name);
      await writeFile(path, bytes);
      await using file = await openWeights(path);
      expect(file.format).toBe('keras');
      const whole = await openKeras(bytes);
      expect([...file.tensors.keys()]).toEqual([...whole.tensors.keys()]);
      for (const [key, tensor] of file.tensors) {
        expect(await tensor.bytes()).toEqual(await whole.tensors.get(key)!.bytes());
      }
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('is refused where it breaks off, at every place', async () => {
    for (let end = 0; end < bytes.length; end += 509) {
      const reading = async (): Promise<void> => {
        const file = await openKeras(bytes.slice(0, end));
        for (const tensor of file.tensors.values()) await tensor.bytes();
      };
      await expect(reading()).rejects.toThrow(ConvnetError);
    }
  });
});

describe('names and axes of Keras', () => {
  it('are those of the layers, and of TensorFlow', async () => {
    const file = await openKeras(kerasFiles.get('model.keras')!.bytes);
    expect(file.tensors.get('first/kernel')!.shape).toEqual([2, 2, 2, 3]);
    expect(file.tensors.get('inside/kernel')!.shape).toEqual([1, 1, 3, 2]);
    expect(file.tensors.get('depthwise_conv2d/depthwise_kernel')!.shape).toEqual([2, 3, 2, 2]);
    expect(file.tensors.has('unshifted/beta')).toBe(false);
    expect([...file.tensors.keys()].filter((key) => key.startsWith('conv2d'))).toContain(
      'conv2d_10/kernel',
    );
  });

  it('come in order where they are numbered', async () => {
    const { state } = kerasFiles.get('model.weights.h5')!;
    // Kinds stand in another order than in the file, layers of a kind in the same.
    const kinds = ['dense', 'depthwise', 'batch', ''];
    const kindOf = (key: string): number => kinds.findIndex((kind) => key.startsWith(kind));
    const keys = Object.keys(state).filter((key) => !key.startsWith('inside'));
    const inside = Object.keys(state).filter((key) => key.startsWith('inside'));
    const order = [...keys, ...inside].sort((a, b) => kindOf(a) - kindOf(b));
    const placeOf = new Map(order.map((key) => [key, key.replace(/^(.*)\./, 'own_$1.')]));
    const file = await openKeras(kerasFiles.get('model.weights.h5')!.bytes);
    const convolutions = [...inWordsOfPyTorch(file).keys()].filter((key) =>
      /conv2d|first|inside/.test(key),
    );
    const sorted = [
      ...order.filter((key) => !/conv2d|first|inside/.test(key) || key.startsWith('depthwise')),
      ...convolutions.filter((key) => !key.startsWith('depthwise')),
    ];
    const model = new PlainModel(
      Object.fromEntries(sorted.map((key) => [placeOf.get(key)!, state[key]!.shape])),
      device,
    );
    await loadWeights(model, file, { map: 'in order' });
    const found = await model.values();
    for (const [key, { data }] of Object.entries(state)) {
      expect([key, found[placeOf.get(key)!]]).toEqual([key, data.map(Math.fround)]);
    }
  });

  it('take biases into the norms that follow them', async () => {
    const { state, bytes } = kerasFiles.get('old.h5')!;
    const shapes = Object.fromEntries(
      Object.entries(state)
        .filter(([key]) => key !== 'conv1.conv.bias')
        .map(([key, { shape }]) => [key, shape]),
    );
    const model = new PlainModel(shapes, device);
    const map: KerasMap = {
      names: (key) => key,
      folded: [[/^conv1\.conv\.bias$/, 'bn.running_mean']],
    };
    await loadWeights(model, bytes, { map });
    const { data: mean } = state['bn.running_mean']!;
    const { data: bias } = state['conv1.conv.bias']!;
    expect((await model.values())['bn.running_mean']).toEqual(
      mean.map((value, i) => Math.fround(value - bias[i]!)),
    );
  });

  it('do not fit where another shape was flattened, or the file is another', async () => {
    const { bytes } = kerasFiles.get('older.h5')!;
    const wrong: KerasMap = { names: (key) => key, flattened: { fc1: [7, 7, 512] } };
    await expect(loadWeights(modelOf('older.h5'), bytes, { map: wrong })).rejects.toThrow(
      'fc1/kernel has 12 inputs, the map says that [7, 7, 512] were flattened',
    );
    const model = new PlainModel({ a: [1] }, device);
    const other = await encodeSafetensors({
      a: { dtype: 'float32', shape: [1], data: Float32Array.of(1) },
    });
    await expect(loadWeights(model, other, { map: wrong })).rejects.toThrow(ArgumentError);
  });
});

it.each([
  ['compressed.h5', 'storage', 'in chunks'],
  ['newest.h5', 'format', 'superblock'],
  ['texts.h5', 'dtype', 'expected numbers, got texts'],
  ['empty.h5', 'format', 'no weights'],
])('%s is refused by name: %s', async (name, fault, words) => {
  const refused = openKeras(strangeFiles.get(name)!, { name });
  await expect(refused).rejects.toThrow(KerasFileError);
  await expect(openKeras(strangeFiles.get(name)!, { name })).rejects.toMatchObject({ fault });
  await expect(openKeras(strangeFiles.get(name)!, { name })).rejects.toThrow(words);
});

it('what is no file of Keras is refused', async () => {
  await expect(openKeras(Uint8Array.of(1, 2, 3))).rejects.toThrow(KerasFileError);
});
