import { ArgumentError, meta, tensor, zeros } from '@convnet/tensor-core';
import { reference } from '@convnet/tensor-core/reference';
import { describe, expect, it } from 'vitest';

import { openSafetensors } from './open.ts';
import { encodeSafetensors, safetensorsChunks } from './write.ts';

const device = reference();
const bytes = { dtype: 'uint8', shape: [1], data: Uint8Array.of(1) } as const;

/** What JavaScript may pass. */
const encode = encodeSafetensors as (tensors: unknown, options?: unknown) => Promise<Uint8Array>;

describe('encodeSafetensors', () => {
  it('writes tensors of a device, each type as itself', async () => {
    const state = new Map([
      ['weight', tensor([[1.5, -2]], { device })],
      ['half', tensor([1, 65504], { device, dtype: 'float16' })],
      ['steps', tensor([3], [], { device, dtype: 'int32' })],
      ['mask', tensor([1, 0], { device, dtype: 'bool' })],
      ['double', tensor([0.1], { device, dtype: 'float64' })],
    ]);
    await using read = await openSafetensors(await encodeSafetensors(state));
    for (const [name, original] of state) {
      const copy = await read.tensors.get(name)!.tensor({ device });
      expect([copy.dtype, copy.shape]).toEqual([original.dtype, original.shape]);
      expect(await copy.data()).toEqual(await original.data());
    }
  });

  it('reads every tensor at the time of the call', async () => {
    const weight = tensor([1, 2], { device });
    const writing = encodeSafetensors({ weight });
    weight.dispose();
    await using read = await openSafetensors(await writing);
    expect(await read.tensors.get('weight')!.data()).toEqual(Float32Array.of(1, 2));
  });

  it('copies nothing that is at hand', async () => {
    const data = new Float32Array(1000);
    const chunks = await safetensorsChunks({ x: { dtype: 'float32', shape: [1000], data } });
    expect(chunks.some((chunk) => chunk.buffer === data.buffer)).toBe(true);
  });

  it.each<[string, unknown, unknown, string]>([
    ['no tensors', null, {}, 'expected tensors by name'],
    ['a tensor', zeros([1], { device }), {}, 'expected tensors by name'],
    ['a number for a tensor', { a: 1 }, {}, 'expected a as a Tensor'],
    [
      'a name twice',
      [
        ['a', bytes],
        ['a', bytes],
      ],
      {},
      "each once, got 'a'",
    ],
    ['a name that is metadata', { __metadata__: bytes }, {}, 'called "__metadata__"'],
    ['a name that is no text', { ['\ud800']: bytes }, {}, 'no tensor can be called'],
    [
      'data of another length',
      { a: { ...bytes, shape: [2] } },
      {},
      'takes 2 bytes, its data have 1',
    ],
    ['an unknown type', { a: { ...bytes, dtype: 'float7' } }, {}, 'expected a as a Tensor'],
    [
      'a type without a name',
      { a: { dtype: 'complex128', shape: [0], data: new Uint8Array() } },
      {},
      'no complex128',
    ],
    ['metadata that are no texts', {}, { metadata: { a: 1 } }, 'expected texts as metadata'],
    ['an unknown option', {}, { meta: {} }, "there is no option 'meta'"],
  ])('refuses %s', async (_, tensors, options, message) => {
    await expect(encode(tensors, options)).rejects.toThrow(ArgumentError);
    await expect(encode(tensors, options)).rejects.toThrow(message);
  });

  it('refuses tensors without values', async () => {
    await expect(encodeSafetensors({ a: zeros([2], { device: meta }) })).rejects.toThrow(
      'no values',
    );
  });
});
