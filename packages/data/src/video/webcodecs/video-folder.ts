import { checkOptions, optionKinds, requireKind } from '@convnet/tensor-core';

import type { HostArray } from '../../dataset/host-array.ts';
import { aFileSource, type FileSource } from '../../files/file-source.ts';
import type { ClipDataset } from '../clip-dataset.ts';
import { clipKinds, type ClipOptions } from '../clip-folder.ts';
import { videoClips } from '../video-clips.ts';
import { VideoFile } from './video-file.ts';

const videoFolderOptions = optionKinds<ClipOptions<unknown>>(clipKinds);

/**
 * Clips from video files in folders that are named as their classes, decoded by WebCodecs when they are asked for; in
 * browsers.
 *
 *     const train = await videoFolder(chosenFiles(input.files), { frames: 16, stride: 2, start: 'random' });
 *
 * @param files Such as `chosenFiles(…)`; each is read whole when its first clip is asked for.
 * @throws FileError where there are no classes, or one without videos. A video that is too short, or that the browser
 *   cannot decode, is a ClipError when it is asked for; see `onError` of `DataLoader`.
 */
export async function videoFolder<X = HostArray<Float32Array>>(
  files: FileSource,
  options: ClipOptions<X> = {},
): Promise<ClipDataset<X>> {
  requireKind('videoFolder', 'files', files, aFileSource);
  checkOptions('videoFolder', options, videoFolderOptions);
  return videoClips(
    files,
    options,
    (path) =>
      new VideoFile(
        path,
        async () => new Blob([(await files.read(path)) as Uint8Array<ArrayBuffer>]),
      ),
  );
}
