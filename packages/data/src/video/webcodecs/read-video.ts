import { checkOptions, requireKind, type Kind } from '@convnet/tensor-core';

import type { Clip } from '../clip.ts';
import { readVideoOptions, requireFrames, type ReadVideoOptions } from '../read-options.ts';
import { VideoFile } from './video-file.ts';

/** A `Blob` or `File`: of it, what tells one. */
export interface VideoBlob {
  readonly size: number;
  /** Its bytes from one place up to another, as a `Blob`. */
  slice(start?: number, end?: number): object;
}

const aBlob: Kind = {
  expected: 'a Blob or File',
  accepts: (value) => value instanceof Blob,
};

/**
 * Frames of a video file that a user has chosen, decoded by WebCodecs. In browsers, workers too.
 *
 *     const clip = await readVideo(input.files[0], { first: 30, frames: 16, stride: 2 });
 *
 * Frames come turned as the file says, in square pixels.
 *
 * @throws ClipError for a file that cannot be decoded here (fault 'decode'), and where the video ends before the last frame
 *   (fault 'short').
 */
export async function readVideo(file: VideoBlob, options: ReadVideoOptions = {}): Promise<Clip> {
  checkOptions('readVideo', options, readVideoOptions);
  const video = videoOf('readVideo', file);
  const { first = 0, frames, stride = 1 } = options;
  const count = await video.count();
  const there = Math.max(0, Math.ceil((count - first) / stride));
  requireFrames(video.name, there, options);
  return video.read(first, frames ?? there, stride);
}

/**
 * How many frames a video file has, counted without decoding them.
 * @throws as `readVideo`.
 */
export async function countFrames(file: VideoBlob): Promise<number> {
  return videoOf('countFrames', file).count();
}

function videoOf(where: string, file: VideoBlob): VideoFile {
  requireKind(where, 'file', file, aBlob);
  const { name = 'video' } = file as Partial<File>;
  return new VideoFile(name, () => Promise.resolve(file as VideoBlob & Blob));
}
