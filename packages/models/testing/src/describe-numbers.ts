import { wasm } from '@convnet/backend-wasm';
import type { Rank } from '@convnet/layers';
import type { Device } from '@convnet/tensor-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { deviation } from './compare.ts';
import type { Family } from './family.ts';
import { readFixtures } from './fixture.ts';

const tolerance = 1e-3;

/**
 * The tests against PyTorch's numbers, on wasm: every fixture of a family in every rank that it has. Call it
 * once for a family that has fixtures, in a file of its own.
 */
export function describeNumbers(family: Family): void {
  describe('outputs and gradients as in PyTorch', () => {
    let device: Device;
    beforeAll(async () => {
      device = await wasm({ threads: 1 });
    });
    afterAll(() => device.dispose());

    const cases = readFixtures(family.folder).flatMap((fixture) =>
      Object.keys(fixture.cases).map((dims) => [fixture.name, Number(dims), fixture] as const),
    );
    test.each(cases)('%s in %iD', async (_, dims, fixture) => {
      const before = device.liveBuffers;
      const found = await deviation(family, fixture, dims as Rank, device);
      expect(found.eval).toBeLessThan(tolerance);
      expect(found.train).toBeLessThan(tolerance);
      expect(found.statistics).toBeLessThan(tolerance);
      expect(found.gradients, `gradient of ${found.worstParameter}`).toBeLessThan(tolerance);
      expect(device.liveBuffers, 'buffers left over').toBe(before);
    });
  });
}
