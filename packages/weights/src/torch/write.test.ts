import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ArgumentError, meta, tensor, zeros } from '@convnet/tensor-core';
import { reference } from '@convnet/tensor-core/reference';
import { describe, expect, it } from 'vitest';

import type { HostTensor } from '../host-tensor.ts';
import { TemporaryFolder } from '../testing/temporary-folder.ts';
import { saveTorch } from '../node/save-torch.ts';
import { openTorch } from './open.ts';
import { writtenHere } from '../testing/written-here.ts';
import { encodeTorch, type TorchContent } from './write.ts';

const device = reference();

describe('encodeTorch', () => {
  it('writes the file that PyTorch 1.13 and 2.15 were seen to read', async () => {
    const file = join(import.meta.dirname, '../../fixtures/torch/written-here.pth');
    expect(Buffer.compare(await encodeTorch(writtenHere), readFileSync(file))).toBe(0);
  });

  it('writes what is read back', async () => {
    await using read = await openTorch(await encodeTorch(writtenHere));
    const content = read.content as ReadonlyMap<string, unknown>;
    const plain = ['epoch', 'best', 'arch', 'done', 'nothing', 'large', 'negative', 'history'];
    for (const name of plain) {
      const value = writtenHere[name as keyof typeof writtenHere] as unknown;
      const expected = name === 'history' ? [1, [2.5], new Map([['lr', 0.1]])] : value;
      expect([name, content.get(name)]).toEqual([name, expected]);
    }
    for (const [name, given] of Object.entries(writtenHere.state_dict)) {
      const found = read.tensors.get(name)!;
      expect([name, found.dtype, found.shape]).toEqual([name, given.dtype, given.shape]);
      expect(new Uint8Array(await found.bytes())).toEqual(new Uint8Array(given.data.buffer));
    }
  });

  it('says the versions of the layers beside a state dict, as PyTorch does', async () => {
    const one: HostTensor = { dtype: 'float32', shape: [1], data: new Float32Array(1) };
    const text = async (content: TorchContent): Promise<string> =>
      new TextDecoder('latin1').decode(await encodeTorch(content));
    const state = await text({ 'bn.weight': one, 'bn.num_batches_tracked': one });
    expect(state).toContain('_metadata');
    // As a text of a pickle; the archive has an entry of that name too.
    expect(state.split('X\x07\0\0\0version').length).toBe(3);
    expect(await text({ epoch: 1 })).not.toContain('_metadata');
    expect(await text([one])).not.toContain('_metadata');
  });

  it('writes tensors of a device, and one under two names once', async () => {
    const weight = tensor([[1, 2]], { device });
    const bytes = await encodeTorch(
      new Map([
        ['a', weight],
        ['b', weight],
      ]),
    );
    await using read = await openTorch(bytes);
    expect(await read.tensors.get('b')!.data()).toEqual(Float32Array.of(1, 2));
    expect(new TextDecoder('latin1').decode(bytes)).not.toContain('archive/data/1');
  });

  it.each<[string, unknown, string]>([
    ['a function', { a: () => 1 }, 'expected data'],
    ['a date', { a: new Date() }, 'got [object Date]'],
    ['a tensor without values', { a: zeros([1], { device: meta }) }, 'no values'],
    [
      'a type without storages',
      { a: { dtype: 'uint16', shape: [1], data: new Uint16Array(1) } },
      'no storages of uint16',
    ],
  ])('refuses %s', async (_, content, message) => {
    await expect(encodeTorch(content as TorchContent)).rejects.toThrow(message);
  });

  it('refuses what holds itself', async () => {
    const list: unknown[] = [];
    list.push(list);
    await expect(encodeTorch(list as TorchContent)).rejects.toThrow(ArgumentError);
    await expect(encodeTorch(list as TorchContent)).rejects.toThrow('more than 64 deep');
  });

  it('is written to a file whole', async () => {
    using folder = new TemporaryFolder();
    const path = folder.file('model.pth');
    await saveTorch(path, { x: { dtype: 'float32', shape: [1], data: Float32Array.of(3) } });
    await using read = await openTorch(path);
    expect(await read.tensors.get('x')!.data()).toEqual(Float32Array.of(3));
  });
});
