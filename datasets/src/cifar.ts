import { ArrayDataset, decodeText } from '@convnet/data';
import { aString, checkOptions, oneOf, optionKinds } from '@convnet/tensor-core';
import { readTarGz } from './archive/tar.ts';
import type { DataSource, DataSplit } from './data-split.ts';
import { DataFileError } from './errors.ts';
import {
  fetchKinds,
  fetchFileOf,
  type FetchSetOptions,
  type RemoteFile,
} from './files/remote-file.ts';
import { readFirst } from './files/set-folder.ts';

export interface CifarOptions extends FetchSetOptions {
  /** A folder that has the binary files already, such as `cifar-10-batches-bin`; nothing is downloaded then. */
  readonly folder?: string;
}

const side = 32;
const pixels = 3 * side * side;

interface Cifar {
  readonly set: string;
  readonly source: DataSource;
  readonly archive: RemoteFile;
  readonly train: readonly string[];
  readonly test: readonly string[];
  /** Bytes in front of each picture, and which of them is the label. */
  readonly labelBytes: number;
  readonly labelAt: number;
  /** File with the names of the classes. */
  readonly names: string;
  readonly mean: readonly number[];
  readonly std: readonly number[];
}

const origin =
  'A. Krizhevsky, "Learning Multiple Layers of Features from Tiny Images", 2009, https://www.cs.toronto.edu/~kriz/cifar.html';
const split = 'as published: 50,000 pictures train, 10,000 test';

const ten: Cifar = {
  set: 'cifar-10',
  source: { name: 'CIFAR-10', packages: {}, origin, licence: 'not stated; cite the report', split },
  archive: {
    file: 'cifar-10-binary.tar.gz',
    url: 'https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz',
    sha256: 'c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd',
    bytes: 170_052_171,
  },
  train: [1, 2, 3, 4, 5].map((i) => `data_batch_${i}.bin`),
  test: ['test_batch.bin'],
  labelBytes: 1,
  labelAt: 0,
  names: 'batches.meta.txt',
  mean: [0.4914, 0.4822, 0.4465],
  std: [0.247, 0.2435, 0.2616],
};

const hundred: Cifar = {
  set: 'cifar-100',
  source: {
    name: 'CIFAR-100',
    packages: {},
    origin,
    licence: 'not stated; cite the report',
    split,
  },
  archive: {
    file: 'cifar-100-binary.tar.gz',
    url: 'https://www.cs.toronto.edu/~kriz/cifar-100-binary.tar.gz',
    sha256: '58a81ae192c23a4be8b1804d68e518ed807d710a4eb253b1f2a199162a40d8ec',
    bytes: 168_513_733,
  },
  train: ['train.bin'],
  test: ['test.bin'],
  labelBytes: 2,
  labelAt: 1,
  names: 'fine_label_names.txt',
  mean: [0.5071, 0.4865, 0.4409],
  std: [0.2673, 0.2564, 0.2762],
};

const cifarOptions = optionKinds<CifarOptions>({ ...fetchKinds, folder: aString });

/** Pictures [3, 32, 32] of ten kinds of things. For folders of pictures see `imageFolder` of `@convnet/data/image`. */
export function cifar10(options: CifarOptions = {}): Promise<DataSplit> {
  checkOptions('cifar10', options, cifarOptions);
  return load(ten, options);
}

export interface Cifar100Options extends CifarOptions {
  /** 'fine' (the default) for 100 classes, 'coarse' for the 20 that they belong to. */
  readonly labels?: 'fine' | 'coarse';
}

const cifar100Options = optionKinds<Cifar100Options>({
  ...fetchKinds,
  folder: aString,
  labels: oneOf('fine', 'coarse'),
});

/** Pictures [3, 32, 32] of a hundred kinds of things. */
export async function cifar100(options: Cifar100Options = {}): Promise<DataSplit> {
  checkOptions('cifar100', options, cifar100Options);
  const { labels = 'fine' } = options;
  return load(
    labels === 'fine' ? hundred : { ...hundred, labelAt: 0, names: 'coarse_label_names.txt' },
    options,
  );
}

async function load(set: Cifar, options: CifarOptions): Promise<DataSplit> {
  const wanted = [...set.train, ...set.test, set.names];
  const files = new Map<string, Uint8Array>();
  if (options.folder !== undefined) {
    for (const name of wanted) files.set(name, (await readFirst(options.folder, [name])).bytes);
  } else {
    const archive = await fetchFileOf(set.set, set.archive, options);
    for await (const { name, bytes } of readTarGz(archive)) {
      const file = name.slice(name.lastIndexOf('/') + 1);
      if (wanted.includes(file)) files.set(file, bytes);
    }
    const missing = wanted.filter((name) => !files.has(name));
    if (missing.length > 0)
      throw new DataFileError('content', archive, `lacks ${missing.join(', ')}`);
  }
  const classes = decodeText(files.get(set.names)!)
    .split(/\r?\n/)
    .filter((line) => line.trim() !== '');
  const part = (names: readonly string[]): ArrayDataset => {
    const { data, labels } = readCifar(
      names.map((name) => [name, files.get(name)!]),
      set,
    );
    const { mean, std } = set;
    return new ArrayDataset({
      data,
      labels,
      inputShape: [3, side, side],
      classes,
      scale: 1 / 255,
      mean,
      std,
    });
  };
  return { source: set.source, train: part(set.train), test: part(set.test) };
}

/** @throws DataFileError with fault 'content' for a file that is no whole number of records. */
function readCifar(
  files: readonly (readonly [name: string, bytes: Uint8Array])[],
  { labelBytes, labelAt }: Cifar,
): { data: Uint8Array; labels: Int32Array } {
  const record = labelBytes + pixels;
  const total = files.reduce((sum, [name, bytes]) => {
    if (bytes.length > 0 && bytes.length % record === 0) return sum + bytes.length / record;
    throw new DataFileError(
      'content',
      name,
      `expected records of ${record} bytes, got ${bytes.length} bytes`,
    );
  }, 0);
  const data = new Uint8Array(total * pixels);
  const labels = new Int32Array(total);
  let place = 0;
  for (const [, bytes] of files) {
    for (let at = 0; at < bytes.length; at += record, place++) {
      labels[place] = bytes[at + labelAt]!;
      data.set(bytes.subarray(at + labelBytes, at + record), place * pixels);
    }
  }
  return { data, labels };
}
