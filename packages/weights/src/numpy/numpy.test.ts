import { ArgumentError, tensor } from '@convnet/tensor-core';
import { reference } from '@convnet/tensor-core/reference';
import { describe, expect, it } from 'vitest';

import type { ElementType } from '../elements/element-type.ts';
import { NumpyError, type NumpyFault } from '../errors.ts';
import { fromBase64, readJson } from '../testing/fixtures.ts';
import { TemporaryFolder } from '../testing/temporary-folder.ts';
import { saveNpz } from '../node/save-npz.ts';
import { magic } from './format.ts';
import { openNumpy } from './open.ts';
import { encodeNpy, encodeNpz } from './write.ts';

interface Case {
  readonly title: string;
  readonly dtype: ElementType;
  readonly shape: readonly number[];
  readonly data: string;
  readonly file: string;
  readonly written: boolean;
}

const { cases, refused, archives } = readJson('numpy-files.json') as {
  readonly cases: readonly Case[];
  readonly refused: Readonly<Record<string, string>>;
  readonly archives: Readonly<Record<string, string>>;
};

const device = reference();

async function faultOf(bytes: Uint8Array): Promise<readonly [NumpyFault, string]> {
  try {
    await openNumpy(bytes, { name: 'a.npy' });
  } catch (error) {
    if (error instanceof NumpyError) return [error.fault, error.message];
    throw error;
  }
  throw new Error('it was read');
}

describe('an array of NumPy', () => {
  it.each(cases)('$title is read', async ({ dtype, shape, data, file }) => {
    await using read = await openNumpy(fromBase64(file));
    const array = read.tensors.get('')!;
    expect([array.dtype, array.shape]).toEqual([dtype, shape]);
    expect(new Uint8Array(await array.bytes())).toEqual(fromBase64(data));
  });

  it.each(cases.filter(({ written }) => written))(
    '$title is written byte for byte',
    async ({ dtype, shape, data, file }) => {
      expect(await encodeNpy({ dtype, shape, data: fromBase64(data) })).toEqual(fromBase64(file));
    },
  );

  it('is refused when cut at any byte, and with a byte more', async () => {
    const file = await encodeNpy(tensor([1, 2], { device }));
    for (let length = 0; length < file.length; length++) {
      await expect(faultOf(file.subarray(0, length))).resolves.toBeDefined();
    }
    expect((await faultOf(Uint8Array.from([...file, 0])))[0]).toBe('size');
  });

  it.each(Object.entries(refused))('of %s is refused', async (_, file) => {
    const [fault, message] = await faultOf(fromBase64(file));
    expect(message).toContain('expected elements that are numbers');
    expect(fault).toBe('dtype');
  });

  const header = (text: string, rest = 0): Uint8Array => {
    const bytes = new TextEncoder().encode(text);
    return Uint8Array.from([...magic, 1, 0, bytes.length, 0, ...bytes, ...new Uint8Array(rest)]);
  };

  it.each<[string, NumpyFault]>([
    ["{'descr': '<f4', 'fortran_order': False}", 'header'],
    ["{'descr': '<f4', 'fortran_order': False, 'shape': (1,), 'shape': (1,)}", 'header'],
    ["{'descr': '<f4', 'fortran_order': False, 'shape': (1 2,)}", 'header'],
    ["{'descr': '<f4', 'fortran_order': 'no', 'shape': (1,)}", 'header'],
    ["{'descr': '<f4', 'fortran_order': False, 'shape': (-1,)}", 'header'],
    ["{'descr': __import__('os'), 'fortran_order': False, 'shape': (1,)}", 'header'],
    ["{'descr': 'f4', 'fortran_order': False, 'shape': (1,)}", 'dtype'],
    ["{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999,)}", 'header'],
    ["{'descr': '<f4', 'fortran_order': False, 'shape': (9007199254740991, 9)}", 'size'],
    ['', 'header'],
  ])('with the header %s is refused', async (text, fault) => {
    expect((await faultOf(header(text, 4)))[0]).toBe(fault);
  });
});

describe('an archive of NumPy', () => {
  it.each(Object.entries(archives))('of %s is read', async (_, file) => {
    await using read = await openNumpy(fromBase64(file));
    expect([...read.tensors.keys()]).toEqual(['a', 'layer.b']);
    const a = await read.tensors.get('a')!.tensor({ device });
    expect(a.shape).toEqual([2, 3]);
    expect(await a.data()).toEqual(Float32Array.of(0, 1, 2, 3, 4, 5));
    expect(await read.tensors.get('layer.b')!.data()).toEqual(Float64Array.of(1, 1));
  });

  it('is written and read back', async () => {
    using folder = new TemporaryFolder();
    const state = { a: tensor([[1, 2]], { device }), b: tensor([3], { device, dtype: 'float16' }) };
    await saveNpz(folder.file('a.npz'), state);
    await using read = await openNumpy(folder.file('a.npz'));
    expect(read.tensors.get('b')!.dtype).toBe('float16');
    expect(await read.tensors.get('a')!.data()).toEqual(Float32Array.of(1, 2));
  });

  it('holds no types that NumPy lacks', async () => {
    const brain = { dtype: 'bfloat16', shape: [1], data: new Uint16Array(1) } as const;
    await expect(encodeNpz({ brain })).rejects.toThrow(ArgumentError);
    await expect(encodeNpz({ brain })).rejects.toThrow('NumPy has no bfloat16, the type of brain');
  });
});
