import { checkOptions, optionKinds, requireKind } from '@convnet/tensor-core';

import type { HostArray } from '../../dataset/host-array.ts';
import { readClassFolders } from '../../files/class-folders.ts';
import { aFileSource, type FileSource } from '../../files/file-source.ts';
import { ClipDataset } from '../clip-dataset.ts';
import { clipKinds, transformOf, type ClipOptions } from '../clip-folder.ts';
import { resolveSampling } from '../sampling.ts';
import { videoEndings } from '../video-endings.ts';
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
  const sampling = resolveSampling(options);
  const found = await readClassFolders(files, videoEndings, options.classes);
  const videos = found.files.map(
    (path) =>
      new VideoFile(
        path,
        async () => new Blob([(await files.read(path)) as Uint8Array<ArrayBuffer>]),
      ),
  );
  return new ClipDataset(
    videos,
    found.labels,
    found.classes,
    sampling,
    transformOf(options.transform),
  );
}
