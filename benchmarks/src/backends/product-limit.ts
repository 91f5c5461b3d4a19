import { matmul, openScope, randn, select, type Device } from '@convnet/tensor-core';

/** Sides of the square matrices; a device that takes long for one is not asked for the next. */
const sides = [128, 256, 512, 1024, 2048];
const longest = 150;
const runs = 4;

/**
 * Billions of multiply-accumulates per second of the device's best product of square matrices, reading included: what
 * a network on it can hardly surpass.
 */
export async function productLimit(device: Device): Promise<number> {
  let best = 0;
  for (const side of sides) {
    using _ = openScope();
    const a = randn([side, side], { device });
    const b = randn([side, side], { device });
    const multiply = async (): Promise<number> => {
      using __ = openScope();
      const start = performance.now();
      // One row is read: the wait is for the product, not for the copy.
      await select(matmul(a, b), 0, 0).data();
      return performance.now() - start;
    };
    await multiply();
    let least = Number.POSITIVE_INFINITY;
    for (let run = 0; run < runs; run++) least = Math.min(least, await multiply());
    best = Math.max(best, side ** 3 / least / 1e6);
    if (least > longest) break;
  }
  return best;
}
