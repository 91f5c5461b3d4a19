/** Files that PyTorch wrote, the oldest version that its packages have for this Python and the newest. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

import type { ElementType } from '../elements/element-type.ts';
import { fromBase64, readJson } from '../testing/fixtures.ts';
import { openTorch, type TorchFile } from './open.ts';
import type { PickleValue } from './pickle/values.ts';

interface Case {
  readonly file: string;
  readonly key: string | null;
  readonly tensors: Readonly<
    Record<
      string,
      { readonly dtype: ElementType; readonly shape: readonly number[]; readonly data: string }
    >
  >;
}

const folder = join(import.meta.dirname, '../../fixtures/torch');
const cases = ['1.13', '2.15'].flatMap(
  (version) => readJson(`torch/${version}.json`) as readonly Case[],
);

describe.each(cases)('$file', ({ file, key, tensors }) => {
  it('gives the tensors that PyTorch put in', async () => {
    await using read = await openTorch(join(folder, file));
    expect([...read.tensors.keys()]).toEqual(Object.keys(tensors));
    expect(read.tensors).toBe(read.stateDicts.get(key ?? ''));
    for (const [name, { dtype, shape, data }] of Object.entries(tensors)) {
      const tensor = read.tensors.get(name)!;
      expect([name, tensor.dtype, tensor.shape]).toEqual([name, dtype, shape]);
      expect(new Uint8Array(await tensor.bytes())).toEqual(fromBase64(data));
    }
  });

  it('is read from bytes as from a file', async () => {
    const bytes = new Uint8Array(readFileSync(join(folder, file)));
    await using read = await openTorch(bytes);
    for (const [name, { data }] of Object.entries(tensors)) {
      expect(new Uint8Array(await read.tensors.get(name)!.bytes())).toEqual(fromBase64(data));
    }
  });
});

describe.each(['1.13-', '1.13-legacy-', '2.15-', '2.15-legacy-'])(
  '%scheckpoint.pth.tar',
  (start) => {
    const open = (): Promise<TorchFile> => openTorch(join(folder, `${start}checkpoint.pth.tar`));

    it('has all else that was saved', async () => {
      await using read = await open();
      const content = read.content as ReadonlyMap<string, PickleValue>;
      const expected: readonly (readonly [string, unknown])[] = [
        ['epoch', 90],
        ['arch', 'résnet'],
        ['done', true],
        ['loss', 0.25],
        ['large', 2n ** 60n],
        ['negative', -(2 ** 31) - 1],
        ['nothing', null],
        ['history', [[1, 2.5], [], new Map([['lr', 0.1]])]],
        [
          'milestones',
          new Map([
            [30, 1],
            [60, 2],
          ]),
        ],
        ['names', new Set(['a', 'b'])],
        ['raw', Uint8Array.of(0, 255)],
        ['size', [2, 3]],
        ['device', 'cpu'],
        ['dtype', 'torch.float16'],
        ['complex', { real: 1, imag: 2 }],
      ];
      for (const [name, value] of expected)
        expect([name, content.get(name)]).toEqual([name, value]);
    });

    it('has the state of the optimiser, by its path', async () => {
      await using read = await open();
      expect([...read.stateDicts.keys()]).toContain('optimizer.state.0');
      const buffer = read.stateDicts.get('optimizer.state.0')!.get('momentum_buffer')!;
      expect(await buffer.data()).toEqual(new Float32Array(18).fill(1));
      await using chosen = await openTorch(join(folder, `${start}checkpoint.pth.tar`), {
        key: 'optimizer.state.0',
      });
      expect([...chosen.tensors.keys()]).toEqual(['momentum_buffer']);
    });
  },
);
