import type { Device } from '@convnet/tensor-core';
import { everyOf, Findings, free, integers, operand, range } from './exact.ts';

/** The greatest sizes, and products in a batch. */
const most = { rows: 40, columns: 80, inner: 33, batch: 3 };
const height = most.rows + most.batch;
const width = most.columns + most.batch;

/** left [height, inner] by right [inner, width]: every product of the sweep is a part of it. */
const left = integers(height * most.inner, 21);
const right = integers(most.inner * width, 22);
const added = integers(most.columns, 23);

/** For each K the sums over its first terms, [height, width]. */
function sumsByInner(): Float32Array[] {
  const sums: Float32Array[] = [new Float32Array(height * width)];
  for (let k = 0; k < most.inner; k++) {
    const next = sums[k]!.slice();
    for (let i = 0; i < height; i++) {
      for (let j = 0; j < width; j++) {
        next[i * width + j]! += left[i * most.inner + k]! * right[k * width + j]!;
      }
    }
    sums.push(next);
  }
  return sums;
}

/** `count` matrices, each a part of `source` (its rows `stride` apart) from `step` times its number on, or transposed. */
function parts(
  source: Float32Array,
  stride: number,
  [rows, columns]: readonly [number, number],
  transposed: boolean,
  count: number,
  step: number,
): Float32Array {
  const values = new Float32Array(count * rows * columns);
  let to = 0;
  for (let part = 0; part < count; part++) {
    const first = part * step;
    for (let i = 0; i < (transposed ? columns : rows); i++) {
      for (let j = 0; j < (transposed ? rows : columns); j++) {
        values[to++] = source[first + (transposed ? j * stride + i : i * stride + j)]!;
      }
    }
  }
  return values;
}

/**
 * Products of 1 to 40 rows, 1 to 80 columns and 1 to 33 terms, each factor transposed or not, with and without a
 * bias, one or several with their own right factors or one in common: every `step`-th.
 */
export async function sweepProducts(device: Device, step: number): Promise<string[]> {
  const sums = sumsByInner();
  const findings = new Findings();
  const sizes = everyOf(
    {
      transposeA: [false, true],
      transposeB: [false, true],
      n: range(1, most.columns),
      m: range(1, most.rows),
      k: range(1, most.inner),
    },
    step,
  );
  for (const { transposeA, transposeB, m, n, k, index } of sizes) {
    // These take turns: what they change is not where a tile ends.
    const batch = [1, 1, 1, 2, 3][index % 5]!;
    const isShared = index % 3 === 0;
    const hasBias = index % 7 < 3;
    const a = parts(left, most.inner, [m, k], transposeA, batch, most.inner);
    const b = parts(right, width, [k, n], transposeB, isShared ? 1 : batch, 1);
    const factors = [
      operand(device, a, transposeA ? [batch, k, m] : [batch, m, k]),
      operand(device, b, [isShared ? 1 : batch, ...(transposeB ? [n, k] : [k, n])]),
    ] as const;
    const bias = hasBias ? operand(device, added.slice(0, n), [n]) : null;
    const out = { shape: [batch, m, n], dtype: 'float32' } as const;
    const transpose = { a: transposeA, b: transposeB };
    const buffer = device.kernels.matmul(...factors, bias, transpose, out);
    const expected = new Float32Array(batch * m * n);
    for (let i = 0; i < batch * m; i++) {
      const part = Math.floor(i / m);
      const from = (part + (i % m)) * width + (isShared ? 0 : part);
      for (let j = 0; j < n; j++) {
        expected[i * n + j] = sums[k]![from + j]! + (hasBias ? added[j]! : 0);
      }
    }
    const flags = `${transposeA ? ', a transposed' : ''}${transposeB ? ', b transposed' : ''}`;
    await findings.compare(
      device,
      `${batch} of ${m} x ${k} by ${k} x ${n}${flags}`,
      buffer,
      out,
      expected,
    );
    free(device, bias === null ? factors : [...factors, bias]);
  }
  return findings.failures();
}
