import { checkCase, type ConformanceCase } from '../case.ts';
import { sweepConvolutions } from './convolutions.ts';
import { sweepPools } from './pools.ts';
import { sweepProducts } from './products.ts';

/**
 * Kernels that work in tiles, panels and blocks, over sizes that end each of them with every remainder, on integers
 * whose results are exact: an element that is wrong, or that no kernel writes, is seen. There are some 420,000
 * products, 40,000 convolutions with their gradients, and 5,000 poolings with theirs; a `step` that is prime takes a
 * share of each that still meets all remainders.
 */
export function sweepCases(step: number): ConformanceCase[] {
  const sweeps = {
    matmul: ['every product', sweepProducts],
    conv: ['every convolution', sweepConvolutions],
    pool: ['every pooling', sweepPools],
  } as const;
  return Object.entries(sweeps).map(([op, [name, sweep]]) =>
    checkCase(name, op, (device) => sweep(device, step)),
  );
}
