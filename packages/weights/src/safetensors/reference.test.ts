/** The same tensors give the bytes that the reference implementation writes, and those are read. */
import { describe, expect, it } from 'vitest';

import type { ElementType } from '../elements/element-type.ts';
import type { HostTensor } from '../host-tensor.ts';
import { fromBase64, readJson } from '../testing/fixtures.ts';
import { openSafetensors } from './open.ts';
import { encodeSafetensors } from './write.ts';

interface Case {
  readonly title: string;
  readonly tensors: readonly {
    readonly name: string;
    readonly dtype: ElementType;
    readonly shape: readonly number[];
    readonly data: string;
  }[];
  readonly metadata: Readonly<Record<string, string>> | null;
  readonly file: string;
}

const cases = readJson('safetensors-files.json') as readonly Case[];

describe.each(cases)('$title', ({ tensors, metadata, file }) => {
  it('is written byte for byte, in whatever order the tensors come', async () => {
    const entries = tensors.map(({ name, dtype, shape, data }): [string, HostTensor] => [
      name,
      { dtype, shape, data: fromBase64(data) },
    ]);
    const options = metadata === null ? {} : { metadata };
    expect(await encodeSafetensors(entries, options)).toEqual(fromBase64(file));
    expect(await encodeSafetensors(entries.toReversed(), options)).toEqual(fromBase64(file));
  });

  it('is read', async () => {
    await using read = await openSafetensors(fromBase64(file));
    expect(Object.fromEntries(read.metadata)).toEqual(metadata ?? {});
    expect([...read.tensors.keys()].sort()).toEqual(tensors.map(({ name }) => name).sort());
    for (const { name, dtype, shape, data } of tensors) {
      const tensor = read.tensors.get(name)!;
      expect(tensor.dtype).toBe(dtype);
      expect(tensor.shape).toEqual(shape);
      expect(tensor.byteLength).toBe(fromBase64(data).length);
      expect(new Uint8Array(await tensor.bytes())).toEqual(fromBase64(data));
    }
  });
});
