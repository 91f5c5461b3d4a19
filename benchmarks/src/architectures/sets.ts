import { quickdraw, quickdrawClasses } from '@convnet/datasets';
import type { Stem } from '@convnet/layers';

import { cifar10 } from './cifar10.ts';
import { fsdd } from './fsdd.ts';
import { changed } from './random-changes.ts';
import { validationOfEachClass, type ThreeWaySplit } from './three-way-split.ts';
import { ucrSeries } from './ucr-series.ts';

/** A set that the families are compared on. */
export interface ComparedSet {
  readonly name: string;
  readonly dims: 1 | 2;
  /** What its samples are called. */
  readonly unit: string;
  /** What the random changes of the training are. */
  readonly augmentation: string;
  /** The stem of the builders that offer a choice. */
  readonly stem: Stem;
  /** How often a pass shows each training sample: the passes over small sets would have too few steps. */
  readonly repeats: number;
  /** Passes over the training samples, where the budget allows. */
  readonly epochs: number;
  /** Networks with more for a sample train only where they are their family's smallest, or asked for by name. */
  readonly mostMacs: number;
  readonly load: (dataFolder: string) => Promise<ThreeWaySplit>;
}

/** Categories of QuickDraw, evenly spread over the alphabet. */
const categories = 100;

/** Drawings of each category that validate; 70 train and 20 test. */
const validating = 10;

async function drawings(): Promise<ThreeWaySplit> {
  const all = quickdrawClasses();
  const classes = Array.from(
    { length: categories },
    (_, i) => all[Math.floor((i * all.length) / categories)]!,
  );
  const { source, train, test } = await quickdraw({ classes, side: 32 });
  const changes = { move: 2 };
  return {
    source,
    digest: Object.entries(source.packages)
      .map(([name, version]) => `${name}@${version}`)
      .join(' '),
    changes,
    ...validationOfEachClass(train, changed(train, changes), () => validating),
    test,
  };
}

export const comparedSets: readonly ComparedSet[] = [
  {
    name: 'quickdraw100',
    dims: 2,
    unit: 'drawings',
    augmentation: 'moved by up to 2 of 32 pixels',
    stem: 'cifar',
    repeats: 1,
    epochs: 10,
    mostMacs: 90e6,
    load: drawings,
  },
  {
    name: 'fsdd',
    dims: 1,
    unit: 'recordings',
    augmentation: 'moved by up to 128 of 2,048 samples, up to 6 dB louder or softer',
    stem: 'imagenet',
    repeats: 1,
    epochs: 15,
    mostMacs: 110e6,
    load: fsdd,
  },
  {
    name: 'cifar10',
    dims: 2,
    unit: 'pictures',
    augmentation: 'moved by up to 4 of 32 pixels, mirrored',
    stem: 'cifar',
    repeats: 1,
    epochs: 10,
    mostMacs: 90e6,
    load: cifar10,
  },
  ...[
    // The kinds of the archive: movements, outlines in images, devices. About as many samples make a pass of each.
    { name: 'gunpoint', problem: 'GunPoint', repeats: 25 },
    { name: 'osuleaf', problem: 'OSULeaf', repeats: 7 },
    { name: 'acsf1', problem: 'ACSF1', repeats: 12 },
  ].map(({ name, problem, repeats }): ComparedSet => ({
    name,
    dims: 1,
    unit: 'series',
    augmentation: 'none',
    stem: 'imagenet',
    repeats,
    epochs: 25,
    mostMacs: 110e6,
    load: (folder) => ucrSeries(problem, folder),
  })),
];

export const comparedSetNames: readonly string[] = comparedSets.map(({ name }) => name);
