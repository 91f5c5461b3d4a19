import { add, openScope, randn, tensor, type Device } from '@convnet/tensor-core';

import type { BandwidthFigures } from '../report/row.ts';

/** Elements of the sums that are tried; a device that takes long for one is not asked for the next. */
const sizes = [2 ** 12, 2 ** 14, 2 ** 16, 2 ** 18, 2 ** 20, 2 ** 22, 2 ** 24];
const longest = 150;
const turns = 6;

/**
 * Billions of bytes per second of the device's sums of two tensors, which read two and write one: of the size that is best, whose
 * operands may lie in caches, and of the greatest.
 */
export async function memoryLimit(device: Device): Promise<BandwidthFigures> {
  let best = 0;
  let last = 0;
  for (const size of sizes) {
    using _ = openScope();
    const [x, y, marker] = [
      randn([size], { device }),
      randn([size], { device }),
      tensor([0], { device }),
    ];
    const calls = Math.max(1, Math.min(64, 2 ** 20 / size));
    const once = async (): Promise<number> => {
      const start = performance.now();
      for (let i = 0; i < calls; i++) {
        using __ = openScope();
        add(x, y);
      }
      await marker.item();
      return (performance.now() - start) / calls;
    };
    await once();
    let least = Number.POSITIVE_INFINITY;
    for (let turn = 0; turn < turns; turn++) least = Math.min(least, await once());
    last = (12 * size) / least / 1e6;
    best = Math.max(best, last);
    if (least > longest) break;
  }
  return { best, ofLargest: last };
}
