import { StateDictError, summary, type AnyModule } from '@convnet/layers';
import {
  ArgumentError,
  inferShapes,
  InputTooSmallError,
  meta,
  noGrad,
  ShapeError,
  Tensor,
  zeros,
} from '@convnet/tensor-core';
import { describe, expect, test } from 'vitest';

import { build, type Family } from './family.ts';
import { readFixtures } from './fixture.ts';

/** Extents that are tried in each rank. */
const extents = { 1: [96, 250, 1000, 5000], 2: [32, 64, 96, 128, 224, 299] } as const;

const milliseconds = 300;

/** The shape of the output for one input of a shape, computed on the meta device in evaluation mode. */
export function evalShape(model: AnyModule, inputShape: readonly number[]): readonly number[] {
  model.eval();
  const output = inferShapes(() =>
    noGrad(() => model.forward(zeros(inputShape, { device: meta })) as unknown),
  );
  if (!(output instanceof Tensor)) throw new TypeError('expected one output in evaluation mode');
  return output.shape;
}

/** `extent`, or the greater one that the network asks for. @throws where it does not say which layer asks. */
function usableExtent(name: string, extent: number, run: (extent: number) => unknown): number {
  try {
    run(extent);
    return extent;
  } catch (error) {
    const said = error instanceof InputTooSmallError ? error.message : '';
    const least = /^(\w+)\..* \(the network needs inputs of at least (\d+)\)$/.exec(said);
    if (least?.[1] !== name) throw error;
    return Math.max(Number(least[2]), extent + 1);
  }
}

/**
 * The tests that need no values: facts, names and shapes of the state dict, input sizes, errors. Call it
 * once for a family.
 */
export function describeShapes(family: Family): void {
  describe('facts', () => {
    test('every builder has them', () => {
      expect(Object.keys(family.architectures).toSorted()).toEqual(
        Object.keys(family.builders).toSorted(),
      );
    });

    test.each(Object.entries(family.architectures))('%s', (name, info) => {
      const model = build(family, name);
      expect(model.architecture).toBe(name);
      const times = [0, 1, 2].map(() => {
        const start = performance.now();
        summary(model, info.inputShape);
        return performance.now() - start;
      });
      const { parameters, macs } = summary(model, info.inputShape);
      expect(parameters).toBe(info.parameters);
      expect(Math.abs(macs / info.macs - 1), `${macs} MACs`).toBeLessThan(1e-3);
      expect(Math.min(...times), 'ms for a summary').toBeLessThan(milliseconds);
    });
  });

  describe('state dict as in PyTorch', () => {
    const fixtures = readFixtures(family.folder).filter(({ keys }) => keys !== undefined);
    test.each(fixtures.map((fixture) => [fixture.name, fixture] as const))(
      '%s',
      (_, { builder, options, keys, parameters, macs }) => {
        const model = build(family, builder, options);
        const own = Array.from(model.stateDict(), ([key, { shape }]) => `${key}:${shape.join()}`);
        expect(own).toEqual(keys);
        const info = family.architectures[builder]!;
        const counted = summary(model, info.inputShape);
        expect(counted.parameters).toBe(parameters ?? counted.parameters);
        expect(Math.abs(counted.macs / (macs ?? counted.macs) - 1)).toBeLessThan(1e-3);
      },
    );
  });

  describe('input sizes', () => {
    const cases = Object.keys(family.builders).flatMap((name) =>
      ([1, 2] as const).map((dims) => [name, dims] as const),
    );
    test.each(cases)('%s in %iD runs them, or names the layer and the least size', (name, dims) => {
      const sized = family.sized.includes(name);
      const run = (extent: number): readonly number[] => {
        const spatial = Array.from({ length: dims }, () => extent);
        const options = { dims, inChannels: 2, numClasses: 5, ...(sized && { inputSize: extent }) };
        return evalShape(build(family, name, options), [1, 2, ...spatial]);
      };
      for (const extent of extents[dims]) {
        const usable = usableExtent(name, extent, run);
        expect(run(usable)).toEqual([1, 5]);
        const refused = usable === extent ? [] : [extent, usable - 1];
        for (const tooSmall of refused) expect(() => run(tooSmall)).toThrow(InputTooSmallError);
      }
    });
  });

  describe('bad input', () => {
    const names = Object.keys(family.builders);
    test.each(names)('%s refuses wrong options, inputs and weights', async (name) => {
      expect(() => build(family, name, { numClass: 3 })).toThrow(
        new RegExp(
          `^${name}: there is no option 'numClass'; the options are dims, inChannels, numClasses`,
        ),
      );
      expect(() => build(family, name, { numClasses: 0 })).toThrow(
        /expected numClasses .*as an integer ≥ 1, got 0/,
      );
      expect(() => build(family, name, { dims: 3 })).toThrow(ArgumentError);
      const signals = build(family, name, { dims: 1 });
      const image = [1, 3, 224, 224];
      expect(() => evalShape(signals, image)).toThrow(ShapeError);
      expect(() => evalShape(signals, image)).toThrow(
        new RegExp(`^${name}\\..*\\(this model was built with dims: 1\\)`),
      );
      const weights = new Map(signals.stateDict());
      await expect(build(family, name).loadStateDict(weights)).rejects.toThrow(StateDictError);
    });
  });
}
