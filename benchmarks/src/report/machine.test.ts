import { expect, test } from 'vitest';

import { widestVectors } from './machine.ts';

test('tells the widest vectors of a processor where the system lists its features', () => {
  expect(widestVectors('model name : X\nflags\t\t: fpu sse2 avx avx2 fma\n')).toBe('AVX2');
  expect(widestVectors('flags\t\t: avx2 avx512f avx512dq\nflags\t\t: avx2\n')).toBe('AVX-512');
  expect(widestVectors('flags\t\t: fpu sse2\n')).toBeNull();
  expect(widestVectors('')).toBeNull();
});
