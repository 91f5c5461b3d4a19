import { createHash } from 'node:crypto';
import { join } from 'node:path';

import { ArrayDataset } from '@convnet/data';
import { DataFileError, ucr, type SeriesSplit } from '@convnet/datasets';

import { DatasetAbsentError, DatasetContentError } from './errors.ts';
import { validationOfEachClass, type ThreeWaySplit } from './three-way-split.ts';

/** Of the data folder, where it is not the folder of problems itself. */
const folderOfProblems = 'ucr';

/** Share of the training series of each class that validate. */
const validating = 1 / 4;

type Series = SeriesSplit<{ readonly data: Float32Array; readonly shape: readonly number[] }>;

/**
 * A problem of the UCR archive as signals [channels, length]: the last quarter of the training series of each class
 * validate, the others train as they are, and the published test series test.
 * @param name of the problem, such as 'GunPoint'.
 * @param folder holds `ucr`, or is itself a folder of problems, such as `GunPoint/GunPoint_TRAIN.ts`.
 * @throws DatasetAbsentError, DatasetContentError; SignalError for files that are damaged.
 */
export async function ucrSeries(name: string, folder: string): Promise<ThreeWaySplit> {
  const found =
    (await readFrom(join(folder, folderOfProblems), name)) ?? (await readFrom(folder, name));
  if (found === null) {
    throw new DatasetAbsentError(
      `${name} of the UCR archive is not in ${folder}: expected ${join(folderOfProblems, name, `${name}_TRAIN.ts`)} and _TEST.ts. ` +
        "The wheel of the Python package aeon has it (pip download aeon --no-deps, then its folder aeon/datasets/data as 'ucr'), " +
        'and so has https://timeseriesclassification.com; or name the folder that has it with --data',
    );
  }
  const hash = createHash('sha256');
  const [train, test] = [found.train, found.test].map((part) => inMemory(name, part, hash));
  if (String(train!.inputShape) !== String(test!.inputShape)) {
    throw new DatasetContentError(
      `${name}: training series are [${train!.inputShape.join(', ')}], test series [${test!.inputShape.join(', ')}]`,
    );
  }
  return {
    source: found.source,
    digest: hash.digest('hex').slice(0, 16),
    changes: {},
    ...validationOfEachClass(train!, train!, (count) => Math.floor(count * validating)),
    test: test!,
  };
}

/** Null where the folder has no such problem. */
async function readFrom(folder: string, name: string): Promise<Series | null> {
  try {
    return await ucr(name, { folder });
  } catch (error) {
    if (error instanceof DataFileError && error.fault === 'missing') return null;
    throw error;
  }
}

/** @throws DatasetContentError where series are of several lengths. */
function inMemory(
  name: string,
  part: Series['train'],
  hash: ReturnType<typeof createHash>,
): ArrayDataset {
  const { length, classes, labels } = part;
  if (labels === undefined) throw new DatasetContentError(`${name}: the series have no classes`);
  const series = Array.from({ length }, (_, i) => part.get(i)[0]);
  const { shape } = series[0]!;
  const size = series[0]!.data.length;
  const data = new Float32Array(length * size);
  for (const [i, one] of series.entries()) {
    if (String(one.shape) !== String(shape)) {
      throw new DatasetContentError(
        `${name}: expected series of one length, got [${shape.join(', ')}] and [${one.shape.join(', ')}]`,
      );
    }
    data.set(one.data, i * size);
  }
  hash.update(data).update(labels);
  return new ArrayDataset({ data, labels, inputShape: shape, classes });
}
