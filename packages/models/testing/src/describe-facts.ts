import { summary } from '@convnet/layers';
import { describe, expect, test } from 'vitest';

import { build, buildersByRank, inputShapeOf, type Family } from './family.ts';
import { readFixtures } from './fixture.ts';

/** Of the processor, for building a network and summarising it: the best of three. */
const milliseconds = 300;
/** Building ResNet-152 with weights would take 240 MB. */
const bytes = 2 ** 20;

/** That builders have what `architectures` says, the state dict of PyTorch, and a summary that costs nothing. */
export function describeFacts(family: Family): void {
  describe('facts', () => {
    test('every builder has them', () => {
      expect(Object.keys(family.architectures).toSorted()).toEqual(
        Object.keys(family.builders).toSorted(),
      );
    });

    test.each(Object.entries(family.architectures))('%s', (name, info) => {
      const model = build(family, name);
      expect(model.architecture).toBe(name);
      const { parameters, macs } = summary(model, info.inputShape);
      expect(parameters).toBe(info.parameters);
      expect(Math.abs(macs / info.macs - 1), `${macs} MACs`).toBeLessThan(1e-3);
    });
  });

  const fixtures = readFixtures(family.folder).filter(({ keys }) => keys !== undefined);
  // A family begins without fixtures, and vitest refuses a group without tests.
  const describeKeys = fixtures.length > 0 ? describe : (): void => undefined;
  describeKeys('state dict as in PyTorch', () => {
    test.each(fixtures.map((fixture) => [fixture.name, fixture] as const))(
      '%s',
      (_, { builder, options, keys, parameters, macs }) => {
        const model = build(family, builder, options);
        const own = Array.from(model.stateDict(), ([key, { shape }]) => `${key}:${shape.join()}`);
        expect(own).toEqual(keys);
        if (parameters === undefined || macs === undefined) return;
        const counted = summary(model, family.architectures[builder]!.inputShape);
        expect(counted.parameters).toBe(parameters);
        expect(Math.abs(counted.macs / macs - 1)).toBeLessThan(1e-3);
      },
    );
  });

  describe('summary', () => {
    test.each(buildersByRank(family))(
      `of %s in %iD takes under ${milliseconds} ms of the processor and no memory`,
      (name, dims) => {
        const runs = [0, 1, 2].map(() => {
          const before = process.memoryUsage().arrayBuffers;
          // Time in which other programs have the processor is not of interest.
          const start = process.cpuUsage();
          summary(build(family, name, { dims }), inputShapeOf(family, name, dims));
          const { user, system } = process.cpuUsage(start);
          return {
            time: (user + system) / 1000,
            taken: process.memoryUsage().arrayBuffers - before,
          };
        });
        expect(Math.min(...runs.map(({ time }) => time)), 'ms').toBeLessThan(milliseconds);
        expect(Math.max(...runs.map(({ taken }) => taken)), 'bytes').toBeLessThan(bytes);
      },
    );
  });
}
