/** Videos: clips from folders of frames and from video files. */
export { ClipError, MissingProgramError, type ClipFault } from './errors.ts';
export { clip, type Clip } from './video/clip.ts';
export type { ClipDataset, VideoFrames } from './video/clip-dataset.ts';
export { clipFolder, type ClipFolderOptions } from './video/clip-folder.ts';
export { clipStarts, type ClipSampling } from './video/sampling.ts';
export { clipToTensor, everyFrame } from './video/transforms.ts';
export type { ReadVideoOptions } from './video/read-options.ts';
export { countFrames, readVideo } from './video/read-video.ts';
export { videoEndings } from './video/video-endings.ts';
export { videoFolder, type VideoFolderOptions } from './video/video-folder.ts';
