import { expect, test } from 'vitest';
import { difference, type HostTensor } from './compare.ts';

const values = [0, -0, 1, -1, NaN, Infinity, -Infinity, 3e38, 1e-40];

function tensorOf(value: number): HostTensor {
  return { shape: [1], dtype: 'float32', values: Float32Array.of(value) };
}

test.each(['tensor', 'element'] as const)('special values differ from others, by %s', (scale) => {
  for (const a of values) {
    for (const b of values) {
      const { error } = difference(tensorOf(a), tensorOf(b), scale);
      const finite = Number.isFinite(a) && Number.isFinite(b);
      if (Object.is(a, b) || a === b) expect(error).toBe(0);
      else if (finite) expect(error).toBeGreaterThan(0);
      else expect(error, `${a} where ${b} is right`).toBe(Infinity);
    }
  }
});
