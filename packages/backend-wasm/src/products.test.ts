import { tensor, type Device } from '@convnet/tensor-core';
import { expect, test } from 'vitest';
import { open } from './loader.ts';
import { markUnwritten } from './testing/mark-unwritten.ts';

interface Product {
  readonly batch: number;
  readonly m: number;
  readonly k: number;
  readonly n: number;
  readonly transposeA: boolean;
  readonly transposeB: boolean;
}

/** Large enough for every way of packing, and no multiples of tiles, panels and blocks. */
const sizes: Readonly<Record<string, Pick<Product, 'batch' | 'm' | 'k' | 'n'>>> = {
  'a left operand beyond the caches': { batch: 1, m: 1101, k: 301, n: 70 },
  'rows a page apart': { batch: 1, m: 67, k: 1030, n: 150 },
  'rows a page apart, beyond the caches': { batch: 1, m: 613, k: 1101, n: 151 },
  'several of them': { batch: 2, m: 523, k: 520, n: 66 },
  'five rows, a right operand beyond the caches': { batch: 1, m: 5, k: 2075, n: 531 },
  'six rows, several right operands beyond the caches': { batch: 2, m: 6, k: 301, n: 1029 },
  'one row, a right operand beyond the caches': { batch: 1, m: 1, k: 515, n: 513 },
};

const transposes = [
  { transposeA: false, transposeB: false },
  { transposeA: true, transposeB: false },
  { transposeA: false, transposeB: true },
];

/** Small integers, whose products and sums float32 holds exactly. */
function integers(count: number, seed: number): Float32Array {
  const values = new Float32Array(count);
  let state = seed;
  for (let i = 0; i < count; i++) {
    state = (state * 48271) % 2147483647;
    values[i] = (state % 9) - 4;
  }
  return values;
}

async function multiply(product: Product, device: Device, a: Float32Array, b: Float32Array) {
  const { batch, m, k, n, transposeA, transposeB } = product;
  const left = tensor(a, transposeA ? [batch, k, m] : [batch, m, k], { device });
  const right = tensor(b, transposeB ? [batch, n, k] : [batch, k, n], { device });
  const out = { shape: [batch, m, n], dtype: 'float32' } as const;
  const transpose = { a: transposeA, b: transposeB };
  const buffer = device.kernels.matmul(left, right, null, transpose, out);
  const values = await device.backend.read({ ...out, buffer });
  for (const tensor of [left, right]) tensor.dispose();
  device.backend.free(buffer);
  return values;
}

/** Elements of the product that are not the sums they should be, among one in `step` of each row. */
function wrong(
  product: Product,
  a: Float32Array,
  b: Float32Array,
  c: ArrayLike<number>,
  step: number,
): number {
  const { batch, m, k, n, transposeA, transposeB } = product;
  let count = 0;
  for (let index = 0; index < batch; index++) {
    for (let i = 0; i < m; i++) {
      for (let j = i % step; j < n; j += step) {
        let total = 0;
        for (let s = 0; s < k; s++) {
          const x = a[index * m * k + (transposeA ? s * m + i : i * k + s)]!;
          const y = b[index * k * n + (transposeB ? j * k + s : s * n + j)]!;
          total += x * y;
        }
        if (c[(index * m + i) * n + j] !== total) count++;
      }
    }
  }
  return count;
}

for (const threads of [1, 2]) {
  for (const revectorize of [false, true]) {
    for (const [name, size] of Object.entries(sizes)) {
      for (const transpose of transposes) {
        const product = { ...size, ...transpose };
        const flags = Object.entries(transpose).filter(([, value]) => value);
        const how = [
          `${threads} threads`,
          revectorize ? '256 bits' : '128 bits',
          ...flags.map(([key]) => key),
        ];
        test(`a product of ${name}: ${how.join(', ')}`, async () => {
          const { device, machine } = await open({ threads, revectorize });
          markUnwritten(machine);
          const a = integers(product.batch * product.m * product.k, 11);
          const b = integers(product.batch * product.k * product.n, 12);
          const c = await multiply(product, device, a, b);
          expect(c.length).toBe(product.batch * product.m * product.n);
          expect(wrong(product, a, b, c, 11)).toBe(0);
          device.dispose();
        });
      }
    }
  }
}

test.each([1, 2])(
  'a product of more multiply-adds than 32 bits count: %d threads',
  async (threads) => {
    const { device, machine } = await open({ threads });
    markUnwritten(machine);
    const product = { batch: 1, m: 2048, k: 2048, n: 2048, transposeA: false, transposeB: false };
    const a = integers(2048 ** 2, 13);
    const b = integers(2048 ** 2, 14);
    const c = await multiply(product, device, a, b);
    expect(wrong(product, a, b, c, 97)).toBe(0);
    device.dispose();
  },
);
