import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { IdxError } from '../errors.ts';
import { readIdx } from './read-idx.ts';

const plain = Uint8Array.of(0, 0, 0x0c, 2, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 7, 255, 255, 255, 254);

describe('readIdx', () => {
  it.each([
    ['plain', plain],
    ['compressed', new Uint8Array(gzipSync(plain))],
  ])('reads %s files', async (_, bytes) => {
    expect(await readIdx(bytes)).toEqual({ shape: [1, 2], data: Int32Array.of(7, -2) });
  });

  it('names a file that is damaged or cut short', async () => {
    const packed = gzipSync(plain);
    for (const broken of [packed.subarray(0, 20), Uint8Array.of(0x1f, 0x8b, 8)]) {
      const reading = readIdx(broken, 'labels.gz');
      await expect(reading).rejects.toThrow(IdxError);
      await expect(reading).rejects.toMatchObject({ fault: 'compressed', source: 'labels.gz' });
    }
    await expect(readIdx('x' as never)).rejects.toThrow('expected the bytes of a file');
  });
});
