import { createHash } from 'node:crypto';
import { access, readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { ArrayDataset, folderFiles, readClassFolders } from '@convnet/data';
import { decodeImage, imageEndings } from '@convnet/data/image';
import { cifar10 as readBinary } from '@convnet/datasets';

import { DatasetAbsentError, DatasetContentError } from './errors.ts';
import { changed } from './random-changes.ts';
import { validationOfEachClass, type ThreeWaySplit } from './three-way-split.ts';

/** Folders of pictures: `cifar10/train/airplane/0000.jpg`. */
const folderOfPictures = 'cifar10';
/** The published binary files. */
const folderOfBinaries = 'cifar-10-batches-bin';

const side = 32;
const pixels = side * side;

/** Pictures of each class that validate; 4,500 train and 1,000 test. */
const validating = 500;

/** Pictures that are decoded at a time. */
const atATime = 64;

/** Means and standard deviations of the training pictures' red, green and blue, from 0 to 1. */
const statistics = { mean: [0.4914, 0.4822, 0.4465], std: [0.247, 0.2435, 0.2616] } as const;

/**
 * CIFAR-10 as pictures [3, 32, 32]: 45,000 train, moved by up to 4 pixels and mirrored at random, the last 500 of each class of
 * the training pictures validate, and the 10,000 of the official split test.
 * @param folder holds `cifar10` with the folders `train` and `test` of a folder of pictures for each class, or
 *   `cifar-10-batches-bin` with the published binary files.
 * @throws DatasetAbsentError, DatasetContentError; FileError, ImageError or DataFileError for files that are damaged.
 */
export async function cifar10(folder: string): Promise<ThreeWaySplit> {
  const found = (await fromPictures(folder)) ?? (await fromBinaries(folder));
  if (found === null) {
    throw new DatasetAbsentError(
      `CIFAR-10 is not in ${folder}: expected ${folderOfPictures} with train and test, in which there is a folder of pictures ` +
        `for each class, or ${folderOfBinaries}, which https://www.cs.toronto.edu/~kriz/cifar.html has; or name the folder ` +
        'that has it with --data',
    );
  }
  const { train, test, digest } = found;
  const changes = { move: 4, mirror: true } as const;
  return {
    source: {
      name: 'CIFAR-10',
      origin:
        'A. Krizhevsky, "Learning Multiple Layers of Features from Tiny Images", 2009, https://www.cs.toronto.edu/~kriz/cifar.html',
      licence: 'not stated; cite the report',
    },
    digest,
    changes,
    ...validationOfEachClass(train, changed(train, changes), () => validating),
    test,
  };
}

interface Found {
  readonly train: ArrayDataset;
  readonly test: ArrayDataset;
  readonly digest: string;
}

async function fromPictures(folder: string): Promise<Found | null> {
  const home = join(folder, folderOfPictures);
  if (!(await isThere(home))) return null;
  const hash = createHash('sha256');
  const train = await readPictures(join(home, 'train'), hash);
  const test = await readPictures(join(home, 'test'), hash, train.classes);
  return { train, test, digest: digestOf(hash) };
}

/** The pictures of one part, decoded into bytes: as floating point they would take four times the memory. */
async function readPictures(
  folder: string,
  hash: ReturnType<typeof createHash>,
  known?: readonly string[],
): Promise<ArrayDataset> {
  const { files, labels, classes } = await readClassFolders(
    folderFiles(folder),
    imageEndings,
    known,
  );
  const data = new Uint8Array(files.length * 3 * pixels);
  for (let start = 0; start < files.length; start += atATime) {
    const some = files.slice(start, start + atATime);
    const contents = await Promise.all(some.map((file) => readFile(join(folder, file))));
    const decoded = await Promise.all(
      contents.map((bytes, i) => decodeImage(bytes, join(folder, some[i]!))),
    );
    for (const [i, { width, height, data: colours }] of decoded.entries()) {
      if (width !== side || height !== side) {
        const got = `${width}x${height}`;
        throw new DatasetContentError(
          `CIFAR-10: expected pictures of ${side}x${side}, got ${got}: ${join(folder, some[i]!)}`,
        );
      }
      hash.update(some[i]!).update(contents[i]!);
      const at = (start + i) * 3 * pixels;
      for (let p = 0; p < pixels; p++) {
        for (let c = 0; c < 3; c++) data[at + c * pixels + p] = colours[3 * p + c]!;
      }
    }
  }
  return new ArrayDataset({
    data,
    labels,
    inputShape: [3, side, side],
    classes,
    scale: 1 / 255,
    ...statistics,
  });
}

async function fromBinaries(folder: string): Promise<Found | null> {
  const home = join(folder, folderOfBinaries);
  if (!(await isThere(home))) return null;
  const { train, test } = await readBinary({ folder: home });
  const hash = createHash('sha256');
  for (const part of [1, 2, 3, 4, 5].map((i) => `data_batch_${i}.bin`).concat('test_batch.bin')) {
    hash.update(await readFile(join(home, part)));
  }
  return { train, test, digest: digestOf(hash) };
}

const digestOf = (hash: ReturnType<typeof createHash>): string => hash.digest('hex').slice(0, 16);

const isThere = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );
