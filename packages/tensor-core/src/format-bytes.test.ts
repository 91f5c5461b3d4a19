import { expect, test } from 'vitest';
import { OutOfMemoryError } from './errors.ts';
import { formatBytes } from './format-bytes.ts';

test.each([
  [0, '0 bytes'],
  [1, '1 byte'],
  [1023, '1023 bytes'],
  [1024, '1.0 KiB'],
  [1536, '1.5 KiB'],
  [2 ** 20 - 1, '1.0 MiB'],
  [2 ** 20, '1.0 MiB'],
  [16 * 2 ** 20, '16.0 MiB'],
  [2 ** 32, '4.0 GiB'],
  [2 ** 42, '4.0 TiB'],
  [2 ** 60, '1048576.0 TiB'],
  [Infinity, 'Infinity TiB'],
])('%d bytes are %s', (bytes, text) => {
  expect(formatBytes(bytes)).toBe(text);
});

test('an error for want of memory tells small sizes too', () => {
  expect(new OutOfMemoryError('wasm', 64, 3000, 2 ** 30).message).toContain(
    'asked for 64 bytes with 2.9 KiB live of at most 1.0 GiB',
  );
});
