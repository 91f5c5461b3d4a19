import type { HostArray } from '../dataset/host-array.ts';
import { readClassFolders } from '../files/class-folders.ts';
import type { FileSource } from '../files/file-source.ts';
import { ClipDataset, type VideoFrames } from './clip-dataset.ts';
import { transformOf, type ClipOptions } from './clip-folder.ts';
import { resolveSampling } from './sampling.ts';
import { videoEndings } from './video-endings.ts';

/** Clips from the video files in folders of classes; `framesOf` gives the frames of a file by its path. @throws FileError. */
export async function videoClips<X = HostArray<Float32Array>>(
  source: FileSource,
  options: ClipOptions<X>,
  framesOf: (path: string) => VideoFrames,
): Promise<ClipDataset<X>> {
  const sampling = resolveSampling(options);
  const { files, labels, classes } = await readClassFolders(source, videoEndings, options.classes);
  const transform = transformOf(options.transform);
  return new ClipDataset(files.map(framesOf), labels, classes, sampling, transform);
}
