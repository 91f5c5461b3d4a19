import type { Image } from '@convnet/data/image';

import { CliError, UsageError } from '../errors.ts';
import type { OpenedData, RawSet, RawSplit } from './opened-data.ts';
import { preparedSet } from './prepared-set.ts';
import { imageSteps, type ImagePreprocessing } from './preprocessing.ts';
import type { DataRequest } from './request.ts';

/** Pictures whose size is looked at before one is chosen. */
const looked = 32;

/** The side that networks for photographs are made for, in pixels: larger pictures are made that small. */
const largest = 224;

/**
 * Sets of pictures for a network; a picture is read when it is first asked for.
 * @throws CliError where none of some pictures can be read.
 */
export async function openImages(sets: RawSplit<Image>, request: DataRequest): Promise<OpenedData> {
  const notes = [...(sets.notes ?? [])];
  const given = request.preprocessing;
  if (given !== undefined && given.kind !== 'image') {
    throw new CliError(`the network was trained with ${given.kind}s, the data are pictures`);
  }
  const preprocessing = given ?? {
    kind: 'image',
    size: request.size ?? (await chooseSize(sets.train, notes)),
    mean: [0.485, 0.456, 0.406],
    std: [0.229, 0.224, 0.225],
  };
  requireSize(preprocessing);
  return {
    train: preparedSet(sets.train, imageSteps(preprocessing, request.augment)),
    plainTrain: preparedSet(sets.train, imageSteps(preprocessing, false)),
    test: preparedSet(sets.test, imageSteps(preprocessing, false)),
    task: sets.task,
    preprocessing,
    notes,
    leftOut: [],
  };
}

function requireSize({ size }: ImagePreprocessing): void {
  if (Number.isInteger(size) && size > 0) return;
  throw new UsageError(`--size: expected a whole number from 1, got ${size}`);
}

/** The shorter side of the picture in the middle of some, by size. */
async function chooseSize(set: RawSet<Image>, notes: string[]): Promise<number> {
  const sides: number[] = [];
  let problem: unknown;
  const step = Math.max(1, Math.floor(set.length / looked));
  for (let i = 0; i < set.length; i += step) {
    try {
      const [{ width, height }] = await set.get(i);
      sides.push(Math.min(width, height));
    } catch (error) {
      problem = error;
    }
  }
  if (sides.length === 0) throw problem;
  sides.sort((a, b) => a - b);
  const middle = sides[Math.floor(sides.length / 2)]!;
  const size = Math.min(middle, largest);
  if (sides[0] !== sides[sides.length - 1] || size !== middle) {
    notes.push(`pictures are brought to ${size}x${size} pixels (--size chooses)`);
  }
  return size;
}
