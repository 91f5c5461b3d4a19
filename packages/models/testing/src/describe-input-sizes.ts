import type { Rank } from '@convnet/layers';
import { InputTooSmallError } from '@convnet/tensor-core';
import { describe, expect, test } from 'vitest';

import { evalShape } from './eval-shape.ts';
import { build, buildersByRank, takes, type Family } from './family.ts';
import { readFixtures } from './fixture.ts';

/** Extents that are tried in each rank. */
const extents = {
  1: [96, 250, 1000, 5000],
  2: [32, 64, 96, 128, 224, 299],
  3: [32, 64, 96, 224],
} as const;

const numClasses = 5;

type Run = (extent: number) => readonly number[];

/** Builds a network, for the extent where it is made for one, and gives the shape of its output. */
function runner(
  family: Family,
  builder: string,
  dims: Rank,
  options: Readonly<Record<string, unknown>> = {},
): Run {
  const sized = takes(family, builder, 'inputSize');
  return (extent) => {
    const model = build(family, builder, {
      ...options,
      dims,
      inChannels: 2,
      numClasses,
      ...(sized && { inputSize: extent }),
    });
    return evalShape(model, [1, 2, ...Array.from({ length: dims }, () => extent)]);
  };
}

/** The shape of the output, or `needs 63` where an error names a layer and that extent. @throws otherwise. */
function outcome(builder: string, run: Run, extent: number): string {
  try {
    return run(extent).join();
  } catch (error) {
    const said = error instanceof InputTooSmallError ? error.message : '';
    const least = /^(\w+)\..* \(the network needs inputs of at least (\d+)\)$/.exec(said);
    if (least?.[1] === builder) return `needs ${least[2]}`;
    throw error;
  }
}

/** The extent that an error asks for, or 1 where the smallest input of all runs. */
function statedLeast(builder: string, run: Run): number {
  return Number(outcome(builder, run, 1).split('needs ')[1] ?? 1);
}

/**
 * That inputs of any size run, or are refused in words that name the layer and the least size: PyTorch's own where a
 * fixture has it, else the one that the network itself states, which then must be enough and no more than needed.
 */
export function describeInputSizes(family: Family): void {
  const fixtures = readFixtures(family.folder);
  const expected = (extent: number, least: number): string =>
    extent < least ? `needs ${least}` : `1,${numClasses}`;

  describe('input sizes', () => {
    test.each(buildersByRank(family))('%s in %iD runs them if large enough', (name, dims) => {
      const run = runner(family, name, dims);
      const leastExtents = fixtures.find(({ builder }) => builder === name)?.leastExtents;
      // Where all axes are alike, a volume needs what an image does.
      const least = leastExtents?.[dims] ?? leastExtents?.[2] ?? statedLeast(name, run);
      for (const extent of [least, Math.max(1, least - 1), ...extents[dims]]) {
        expect(outcome(name, run, extent)).toBe(expected(extent, least));
      }
    });

    const cases = fixtures.flatMap((fixture) =>
      Object.entries(fixture.leastExtents).map(
        ([dims, least]) => [fixture.name, Number(dims) as Rank, least, fixture] as const,
      ),
    );
    test.each(cases)(
      '%s in %iD needs as much as in PyTorch, and says so',
      (_, dims, least, { builder, options }) => {
        const run = runner(family, builder, dims, options);
        for (const extent of [least, Math.max(1, least - 1)]) {
          expect(outcome(builder, run, extent)).toBe(expected(extent, least));
        }
      },
    );
  });
}
