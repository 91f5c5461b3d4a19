/** Endings of the files that `videoFolder` reads. */
export const videoEndings: readonly string[] = [
  '.mp4',
  '.m4v',
  '.mov',
  '.avi',
  '.mkv',
  '.webm',
  '.mpg',
  '.mpeg',
  '.ogv',
];
