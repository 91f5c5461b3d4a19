import { Linear, StateDictError } from '@convnet/layers';
import { ArgumentError, ConvnetError, ShapeError } from '@convnet/tensor-core';
import { describe, expect, test } from 'vitest';

import { evalShape } from './eval-shape.ts';
import { build, takes, type Family } from './family.ts';

/** Options that count something. */
const counts = [
  'numClasses',
  'inChannels',
  'width',
  'hidden',
  'groups',
  'widthPerGroup',
  'growthRate',
  'numInitFeatures',
  'bnSize',
  'convChannels',
  'primaryCapsules',
  'routingIterations',
  'roundNearest',
];

interface Refusal {
  readonly options: readonly string[];
  readonly values: readonly unknown[];
  /** Part of the error. */
  readonly text: (builder: string, option: string) => string;
}

/** What each option refuses, in the builders that have it. */
const refusals: readonly Refusal[] = [
  {
    options: counts,
    values: [0, -1, 2.5, NaN, '3'],
    text: (builder, option) => `${builder}: expected ${option} as `,
  },
  {
    options: ['dims', 'stem', 'version', 'shortcut'],
    values: [4, 'other'],
    text: (builder, option) => `${builder}: expected ${option} as `,
  },
  {
    options: ['inputSize'],
    values: [0, -1, 2.5, [28, 28, 28]],
    text: () => 'expected inputSize as an integer ≥ 1, or ',
  },
  {
    options: ['dropout', 'dropoutAux', 'dropRate', 'stochasticDepthProb'],
    values: [-1, 3],
    text: () => 'expected a probability from 0 to 1, got ',
  },
  {
    options: ['widthMult'],
    values: [0, -1],
    text: () => 'expected a number of channels above 0, got ',
  },
];

/** What no option takes. */
const otherSorts: readonly unknown[] = [null, 'no such thing', NaN, {}, [null], Symbol('other')];

function thrownBy(run: () => unknown): unknown {
  try {
    run();
  } catch (error) {
    return error;
  }
  return undefined;
}

/** That builders refuse wrong options, inputs and weights with typed errors that say what to do. */
export function describeBadInput(family: Family): void {
  describe.each(Object.keys(family.builders))('%s refuses', (name) => {
    const building =
      (options: Readonly<Record<string, unknown>>): (() => unknown) =>
      () =>
        build(family, name, options);

    test('an unknown option', () => {
      expect(building({ numClass: 3 })).toThrow(ArgumentError);
      expect(building({ numClass: 3 })).toThrow(
        `${name}: there is no option 'numClass' (did you mean 'numClasses'?); the options are dims, inChannels, numClasses`,
      );
    });

    const taken = refusals.flatMap(({ options, ...rest }) =>
      options
        .filter((option) => takes(family, name, option))
        .map((option) => ({ option, ...rest })),
    );
    test.each(taken)('$option of $values', ({ option, values, text }) => {
      for (const value of values) {
        expect(building({ [option]: value })).toThrow(ArgumentError);
        expect(building({ [option]: value })).toThrow(text(name, option));
      }
    });

    test('values of another sort for any option, by its name', () => {
      const known = /the options are (.*)$/.exec(
        String(thrownBy(building({ notAnOption: 1 }))),
      )![1]!;
      const faults: string[] = [];
      for (const option of known.split(', ')) {
        for (const value of otherSorts) {
          const error = thrownBy(building({ [option]: value }));
          // null may stand for none.
          if (value === null && error === undefined) continue;
          const isNamed = error instanceof ConvnetError && error.message.includes(option);
          if (!isNamed) faults.push(`${option}: ${String(value)} -> ${String(error)}`);
        }
      }
      expect(faults).toEqual([]);
    });

    test('no option that is given as undefined: it counts as absent', () => {
      const known = /the options are (.*)$/.exec(
        String(thrownBy(building({ notAnOption: 1 }))),
      )![1]!;
      const absent = Object.fromEntries(known.split(', ').map((option) => [option, undefined]));
      expect(String(build(family, name, absent))).toBe(String(build(family, name)));
    });

    const dims = family.ranks[0]!;
    test(`an image, if built for ${dims} spatial axes`, () => {
      const run = (): unknown => evalShape(build(family, name, { dims }), [1, 3, 224, 224]);
      expect(run).toThrow(ShapeError);
      expect(run).toThrow(new RegExp(`^${name}\\..*\\(this model was built with dims: ${dims}\\)`));
    });

    test('weights of the other rank and of another network', async () => {
      const model = build(family, name);
      const ofOtherRanks = family.ranks
        .slice(0, -1)
        .map((rank) => build(family, name, { dims: rank }));
      for (const other of [...ofOtherRanks.slice(0, 1), new Linear(3, 2)]) {
        const loading = model.loadStateDict(new Map(other.stateDict()));
        await expect(loading).rejects.toThrow(StateDictError);
        await expect(loading).rejects.toThrow(
          `the weights do not fit ${name}; nothing was loaded.`,
        );
      }
    });
  });
}
