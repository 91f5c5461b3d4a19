import { writeFile } from 'node:fs/promises';
import { reference } from '@convnet/tensor-core/reference';
import { describe, expect, it } from 'vitest';

import { SourceError, TfjsError, type TfjsFault } from '../errors.ts';
import { openWeights } from '../open-weights.ts';
import { fromBase64, readJson } from '../testing/fixtures.ts';
import { TemporaryFolder } from '../testing/temporary-folder.ts';
import { openTfjs } from './open.ts';

interface Case {
  readonly specs: readonly object[];
  readonly data: string;
  /** As TensorFlow.js reads them. */
  readonly values: readonly (readonly [string, string, readonly number[], readonly number[]])[];
}

const cases = Object.entries(readJson('tfjs-files.json') as Readonly<Record<string, Case>>);

function manifest(specs: readonly object[], paths: readonly string[] = ['w.bin']): string {
  return JSON.stringify({
    format: 'layers-model',
    modelTopology: { layers: [{ name: 'a', config: null }] },
    weightsManifest: [{ paths, weights: specs }],
  });
}

const json = (text: string): Blob => new Blob([text]);

describe.each(cases)('%s weights', (_, { specs, data, values }) => {
  it('are read as TensorFlow.js reads them', async () => {
    await using read = await openTfjs(json(manifest(specs)), { shard: () => fromBase64(data) });
    expect([...read.tensors.keys()]).toEqual(values.map(([name]) => name));
    for (const [name, dtype, shape, numbers] of values) {
      const tensor = await read.tensors.get(name)!.tensor({ device: reference() });
      expect([name, tensor.dtype, tensor.shape]).toEqual([name, dtype, shape]);
      expect([...(await tensor.data())]).toEqual(numbers);
    }
  });

  it('are read from a folder, whose files cut tensors in two', async () => {
    using folder = new TemporaryFolder();
    const bytes = fromBase64(data);
    const names = ['group1-shard1of3.bin', 'group1-shard2of3.bin', 'group1-shard3of3.bin'];
    await writeFile(folder.file(names[0]!), bytes.subarray(0, 3));
    await writeFile(folder.file(names[1]!), bytes.subarray(3, 5));
    await writeFile(folder.file(names[2]!), bytes.subarray(5));
    await writeFile(folder.file('model.json'), manifest(specs, names));
    await using read = await openWeights(folder.file('model.json'));
    expect(read.format).toBe('tfjs');
    for (const [name, , , numbers] of values) {
      expect([...(await read.tensors.get(name)!.data())]).toEqual(numbers);
    }
  });
});

describe('openTfjs', () => {
  const weight = { name: 'a', dtype: 'float32', shape: [1] };

  it.each<[string, TfjsFault, string]>([
    ['{}', 'manifest', "expected 'weightsManifest'"],
    ['{"weightsManifest":{}}', 'manifest', 'expected an array'],
    ['{"weightsManifest":[],"weightsManifest":[]}', 'duplicate', 'stands twice'],
    [manifest([{ name: 'a', dtype: 'float32' }]), 'manifest', 'expected name, dtype and shape'],
    [manifest([{ ...weight, dtype: 'string' }]), 'dtype', '"a" has elements of type "string"'],
    [manifest([{ ...weight, shape: [2] }]), 'size', 'ends behind the 4 bytes of w.bin'],
    [manifest([{ ...weight, shape: [2 ** 52, 2 ** 52] }]), 'size', 'ends behind'],
    [manifest([]), 'size', 'bytes 0 to 4 of w.bin belong to no tensor'],
    [manifest([weight, { ...weight, shape: [0] }]), 'duplicate', '"a" stands twice'],
    [manifest([{ ...weight, quantization: { dtype: 'int4' } }]), 'manifest', 'got int4'],
    [
      manifest([{ ...weight, dtype: 'bool', quantization: { dtype: 'float16' } }]),
      'dtype',
      'cannot have been quantised',
    ],
  ])('refuses %s', async (text, fault, message) => {
    const error = await openTfjs(json(text), {
      name: 'model.json',
      shard: () => new Uint8Array(4),
    }).catch((thrown: unknown) => thrown);
    expect(String(error)).toContain(message);
    expect((error as TfjsError).fault).toBe(fault);
    expect(error).toBeInstanceOf(TfjsError);
  });

  it.each(['../w.bin', '/etc/passwd', 'https://x.org/w.bin'])('leads to no %s', async (path) => {
    const opening = openTfjs(json(manifest([weight], [path])), { shard: () => new Uint8Array(4) });
    await expect(opening).rejects.toThrow(SourceError);
  });
});
