/**
 * Videos in browsers, decoded by WebCodecs. Needs the package `mediabunny`, which takes the files apart; in Node
 * `@convnet/data/video` reads them by ffmpeg.
 */
export { ClipError, type ClipFault } from './errors.ts';
export type { Clip } from './video/clip.ts';
export type { ClipDataset } from './video/clip-dataset.ts';
export type { ClipOptions } from './video/clip-folder.ts';
export type { ReadVideoOptions } from './video/read-options.ts';
export { countFrames, readVideo, type VideoBlob } from './video/webcodecs/read-video.ts';
export { videoFolder } from './video/webcodecs/video-folder.ts';
