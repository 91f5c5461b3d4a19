/** Videos: clips from folders of frames and from video files. */
export { ClipError, MissingProgramError, type ClipFault } from './errors.ts';
export { clip, type Clip } from './video/clip.ts';
export type { ClipDataset, VideoFrames } from './video/clip-dataset.ts';
export { clipFolder, type ClipFolderOptions } from './video/clip-folder.ts';
export { clipStarts, type ClipSampling } from './video/sampling.ts';
export { clipToTensor, everyFrame } from './video/transforms.ts';
export { countFrames, readVideo, type ReadVideoOptions } from './video/read-video.ts';
export { videoEndings, videoFolder, type VideoFolderOptions } from './video/video-folder.ts';
