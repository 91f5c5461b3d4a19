import { countingDevice } from '@convnet/conformance';
import type { AnyModule } from '@convnet/layers';
import { byteLength } from '@convnet/tensor-core';
import { describe, expect, test } from 'vitest';

import { build, type Family } from './family.ts';

/** That building a network on a device draws each of its numbers once, and takes the memory of its weights. */
export function describeBuilding(family: Family): void {
  describe('building on a device', () => {
    test.each(Object.keys(family.builders))('draws %s once', (name) => {
      const counting = countingDevice();
      const { device } = counting;
      const model: AnyModule = build(family, name, { device });
      const state = [...new Set(model.stateDict().values())];
      expect(state.every((t) => t.device === device)).toBe(true);

      // What is drawn is state, each tensor at most once and in its order, and all weights are among it.
      const drawn = counting.drawn.map((shape) => shape.join());
      let next = 0;
      const missing = state
        .filter(({ shape }) => {
          const isDrawn = shape.join() === drawn[next];
          if (isDrawn) next++;
          return !isDrawn && shape.length > 1;
        })
        .map(({ shape }) => shape);
      expect(missing).toEqual([]);
      expect(next).toBe(drawn.length);

      const bytes = state.map(byteLength);
      const total = bytes.reduce((sum, own) => sum + own, 0);
      expect(counting.live).toBe(total);
      // Numbers are scaled behind the drawing, one tensor after the other.
      expect(counting.peak).toBeLessThanOrEqual(total + Math.max(...bytes));
    });

    test.each(Object.keys(family.builders))(
      '%s is as one that moves to the device',
      async (name) => {
        const [built, moved] = [countingDevice(), countingDevice()];
        build(family, name, { device: built.device });
        await build(family, name).to(moved.device);
        expect(built.drawn).toEqual(moved.drawn);
      },
    );
  });
}
