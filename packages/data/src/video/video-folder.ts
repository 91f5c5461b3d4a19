import {
  aLocation,
  checkOptions,
  optionKinds,
  requireKind,
  type UrlLike,
} from '@convnet/tensor-core';

import type { HostArray } from '../dataset/host-array.ts';
import { folderFiles } from '../files/file-source.ts';

import { nodeModule } from '../platform.ts';
import type { ClipDataset, VideoFrames } from './clip-dataset.ts';
import { clipKinds, type ClipOptions } from './clip-folder.ts';
import { countFrames, readVideo } from './read-video.ts';
import { videoClips } from './video-clips.ts';

/** Options of `videoFolder`. */
export type VideoFolderOptions<X> = ClipOptions<X>;

const videoFolderOptions = optionKinds<VideoFolderOptions<unknown>>(clipKinds);

/**
 * Clips from video files in folders that are named as their classes, decoded by `ffmpeg` when they are asked for; in Node.
 * What is decoded again and again is better turned into frames once, for `clipFolder`.
 *
 *     const train = await videoFolder('videos/train', { frames: 16, stride: 2, start: 'random' });
 *
 * @throws FileError where there are no classes, or one without videos. A video that is too short, or that ffmpeg cannot
 *   decode, is a ClipError when it is asked for; see `onError` of `DataLoader`. MissingProgramError, likewise, where ffmpeg
 *   is not on the path.
 */
export async function videoFolder<X = HostArray<Float32Array>>(
  folder: string | UrlLike,
  options: VideoFolderOptions<X> = {},
): Promise<ClipDataset<X>> {
  requireKind('videoFolder', 'folder', folder, aLocation);
  checkOptions('videoFolder', options, videoFolderOptions);
  const root = await pathOf(folder);
  return videoClips(folderFiles(folder), options, (file) => framesOf(file, `${root}/${file}`));
}

async function pathOf(folder: string | UrlLike): Promise<string> {
  if (typeof folder === 'string') return folder;
  const { fileURLToPath } = await nodeModule('node:url', `reading the folder ${folder.href}`);
  return fileURLToPath(folder.href);
}

function framesOf(name: string, path: string): VideoFrames {
  // Counted once: a pass over the file each.
  let count: Promise<number> | undefined;
  return {
    name,
    count: () => (count ??= countFrames(path)),
    read: (first, frames, stride) => readVideo(path, { first, frames, stride }),
  };
}
