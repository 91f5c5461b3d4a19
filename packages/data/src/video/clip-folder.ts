import { aFunction, checkOptions, oneOf, optionKinds, type Kind } from '@convnet/tensor-core';

import type { HostArray } from '../dataset/host-array.ts';
import { ClipError, FileError } from '../errors.ts';
import { readClassFolders, shown } from '../files/class-folders.ts';
import { fileSource, type FilesOf, type FileSource } from '../files/file-source.ts';
import { decodeImage } from '../image/decode/decode.ts';
import { imageEndings } from '../image/image-folder.ts';
import type { Step } from '../transform/compose.ts';
import { ClipDataset, type VideoFrames } from './clip-dataset.ts';
import { classNames } from '../kinds.ts';
import { clip, type Clip } from './clip.ts';
import { resolveSampling, samplingKinds, spanOf, type ClipSampling } from './sampling.ts';
import { clipToTensor } from './transforms.ts';

/** What the readers of clips have in common. */
export interface ClipOptions<X> extends ClipSampling {
  /** What becomes of each clip; by default `clipToTensor()`. */
  readonly transform?: Step<Clip, X>;
  /** The class list, where it is to be that one, such as `train.classes` for a test set. */
  readonly classes?: readonly string[];
}

/** The kinds of these options. */
export const clipKinds: { readonly [Key in keyof Required<ClipOptions<unknown>>]: Kind } = {
  ...samplingKinds,
  transform: aFunction,
  classes: classNames,
};

/** The transform that was given, or that of all. */
export function transformOf<X>(transform: Step<Clip, X> | undefined): Step<Clip, X> {
  return transform ?? (clipToTensor() as Step<Clip, unknown> as Step<Clip, X>);
}

/** Options of `clipFolder`. */
export interface ClipFolderOptions<X> extends ClipOptions<X> {
  /** What is done with videos that have fewer frames than a clip. Default 'refuse'. */
  readonly short?: 'refuse' | 'skip';
}

const clipFolderOptions = optionKinds<ClipFolderOptions<unknown>>({
  ...clipKinds,
  short: oneOf('refuse', 'skip'),
});

/** `frame_9` before `frame_10`. */
const frameOrder = new Intl.Collator('en', { numeric: true });

/**
 * Clips from pictures of their frames, in a folder for each video in a folder for each class:
 * `juggling/video_3/frame_0001.jpg`. Frames are in the order of the numbers in their names; those of a clip are read when it
 * is asked for.
 *
 *     const train = await clipFolder('videos/train', { frames: 16, stride: 2, start: 'random' });
 *     const [inputs, labels] = …; // of a DataLoader: [N, 3, 16, height, width]
 *
 * @param folder A path or URL in Node; `chosenFiles(…)` in a browser.
 * @throws FileError where there are no classes, or pictures lie in the folder of a class; ClipError (fault 'short') for a
 *   video with fewer frames than a clip, unless they are skipped. Frames of different sizes are a ClipError when their
 *   clip is asked for, one that cannot be decoded an ImageError; see `onError` of `DataLoader`.
 */
export async function clipFolder<X = HostArray<Float32Array>>(
  folder: FilesOf,
  options: ClipFolderOptions<X> = {},
): Promise<ClipDataset<X>> {
  checkOptions('clipFolder', options, clipFolderOptions);
  const sampling = resolveSampling(options);
  const source = fileSource('clipFolder', folder);
  const { files, labels, classes } = await readClassFolders(source, imageEndings, options.classes);
  const videos = new Map<string, { readonly label: number; readonly frames: string[] }>();
  for (const [i, file] of files.entries()) {
    const name = folderOf(file, source);
    const video = videos.get(name) ?? { label: labels[i]!, frames: [] };
    videos.set(name, video);
    video.frames.push(file);
  }
  const span = spanOf(sampling);
  const short = [...videos].filter(([, { frames }]) => frames.length < span);
  if (short.length > 0 && options.short !== 'skip') {
    const [name, { frames }] = short[0]!;
    throw new ClipError(
      'short',
      `${source.name}/${name}`,
      `expected at least ${span} frames, for clips of ${sampling.frames} with stride ${sampling.stride}, found ` +
        `${frames.length}; ${short.length} of ${videos.size} videos are too short. With short: 'skip' they are left out`,
    );
  }
  for (const [name] of short) videos.delete(name);
  if (videos.size === 0)
    throw new FileError('empty', source.name, 'every video is too short for a clip');
  const found = Array.from(videos, ([name, { frames }]) => framesOf(source, name, frames));
  const labelsOfVideos = Array.from(videos.values(), ({ label }) => label);
  return new ClipDataset(found, labelsOfVideos, classes, sampling, transformOf(options.transform));
}

/** The folder of a frame. @throws FileError (fault 'format') where that is the folder of a class. */
function folderOf(file: string, source: FileSource): string {
  const folder = file.slice(0, file.lastIndexOf('/'));
  if (folder.includes('/')) return folder;
  throw new FileError(
    'format',
    source.name,
    `expected a folder for each video, such as ${folder}/video/frame_0001.jpg, found ${shown([file])} in the folder of a class`,
  );
}

function framesOf(source: FileSource, name: string, files: readonly string[]): VideoFrames {
  const inOrder = [...files].sort((a, b) => frameOrder.compare(a, b));
  return {
    name,
    count: () => inOrder.length,
    read: async (first, frames, stride) => {
      const chosen = Array.from({ length: frames }, (_, i) => inOrder[first + i * stride]!);
      const pictures = await Promise.all(
        chosen.map(async (file) => decodeImage(await source.read(file), file)),
      );
      return clip(pictures, name, (i) => chosen[i]!);
    },
  };
}
