import { classNames } from '../kinds.ts';
import { aFunction, checkOptions, optionKinds } from '@convnet/tensor-core';
import type { HostArray } from '../dataset/host-array.ts';
import { readClassFolders } from '../files/class-folders.ts';
import { FileDataset, type FileReader, type FileTarget } from '../files/file-dataset.ts';
import { fileListOptions, readListed, type FileListOptions } from '../files/file-list.ts';
import { fileSource, type FilesOf } from '../files/file-source.ts';
import { compose, partsOf, type Step } from '../transform/compose.ts';
import { keepsNothing } from '../transform/keeps-nothing.ts';
import { cropFirstOf, type PictureSize } from './crop-first.ts';
import { decodeBox, decodeImage } from './decode/decode.ts';
import { decodeOptions, type DecodeOptions } from './decode/options.ts';
import { asOwn, type Image } from './image.ts';
import type { Box } from './ops/box.ts';
import { whole } from './ops/geometry.ts';
import { toTensor, onOwnPictures } from './tensor.ts';

/** Endings of the files that `imageFolder` reads. */
export const imageEndings: readonly string[] = [
  '.jpg',
  '.jpeg',
  '.png',
  '.webp',
  '.gif',
  '.tif',
  '.tiff',
];

/** Options of `imageFolder`. */
export interface ImageFolderOptions<X> extends DecodeOptions {
  /** What becomes of each picture; by default `toTensor()`. */
  readonly transform?: Step<Image, X>;
  /** The class list, where it is to be that one, such as `train.classes` for a test set. */
  readonly classes?: readonly string[];
}

const ownOptions = { ...decodeOptions, transform: aFunction } as const;
const imageFolderOptions = optionKinds<ImageFolderOptions<unknown>>({
  ...ownOptions,
  classes: classNames,
});
const imageListOptions = optionKinds<ImageListOptions<unknown>>({
  ...ownOptions,
  ...fileListOptions,
});

function readerOf<X>(
  transform: Step<Image, X> | undefined,
  { applyExifOrientation, grey16 }: DecodeOptions,
): FileReader<X> {
  const decoding: DecodeOptions = {
    ...(applyExifOrientation === undefined ? {} : { applyExifOrientation }),
    ...(grey16 === undefined ? {} : { grey16 }),
  };
  const given = transform ?? (toTensor() as Step<Image, unknown> as Step<Image, X>);
  const onWhole = onOwnPictures(given);
  const read: FileReader<X> = async (bytes, path, random) =>
    onWhole(asOwn(await decodeImage(bytes, path, decoding)), random);
  const [first, ...others] = partsOf(given as Step<unknown, unknown>);
  const crop = cropFirstOf(first!);
  if (crop === undefined) return read;
  const ofPart = keepsNothing((part: Image) => crop.within(part, whole(part)));
  const onPart = onOwnPictures(
    compose(ofPart as Step<unknown, unknown>, ...others) as Step<Image, X>,
  );
  return async (bytes, path, random) => {
    const choose = (size: PictureSize): Box => crop.box(size, random);
    const part = await decodeBox(bytes, path, decoding, choose);
    return part === null ? read(bytes, path, random) : onPart(asOwn(part), random);
  };
}

/**
 * Pictures in folders that are named as their classes, as torchvision's `ImageFolder` reads them; a picture is read when
 * it is asked for.
 *
 *     const train = await imageFolder('photos/train', {
 *       transform: compose(randomResizedCrop(224), randomHorizontalFlip(), toTensor(), normalize(mean, std)),
 *     });
 *
 * @param folder A path or URL in Node; `chosenFiles(…)` in a browser.
 * @throws FileError where there are no classes, or one without pictures. A picture that cannot be decoded is an
 *   `ImageError` when it is asked for; see `onError` of `DataLoader`.
 */
export async function imageFolder<X = HostArray<Float32Array>>(
  folder: FilesOf,
  options: ImageFolderOptions<X> = {},
): Promise<FileDataset<X>> {
  checkOptions('imageFolder', options, imageFolderOptions);
  const source = fileSource('imageFolder', folder);
  const labelled = await readClassFolders(source, imageEndings, options.classes);
  return new FileDataset(source, labelled, readerOf(options.transform, options));
}

/** Options of `imageList`. */
export interface ImageListOptions<X> extends DecodeOptions, FileListOptions {
  /** What becomes of each picture; by default `toTensor()`. */
  readonly transform?: Step<Image, X>;
}

/**
 * Pictures that a list of comma-separated values names with their classes, or with numbers: several labels, or quantities
 * to predict.
 *
 *     await imageList('photos', { list: 'train.csv', path: 'file', label: 'species' });
 *     await imageList('photos', { list: 'train.csv', path: 'file', targets: ['age', 'weight'] });
 *
 * @throws FileError where the list lacks columns or labels, or names files that are not there.
 */
export async function imageList<X = HostArray<Float32Array>, Y extends FileTarget = number>(
  folder: FilesOf,
  options: ImageListOptions<X> = {},
): Promise<FileDataset<X, Y>> {
  checkOptions('imageList', options, imageListOptions);
  const source = fileSource('imageList', folder);
  const listed = await readListed(source, options);
  return new FileDataset<X, Y>(source, listed, readerOf(options.transform, options));
}
