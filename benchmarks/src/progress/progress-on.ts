import { livesOn, liveProgress } from './live-progress.ts';
import { plainProgress } from './plain-progress.ts';
import type { OutputStream, Progress } from './progress.ts';

/** Bars on a terminal, plain lines elsewhere. */
export function progressOn(stream: OutputStream): Progress {
  return livesOn(stream)
    ? liveProgress(stream)
    : plainProgress((line) => stream.write(`${line}\n`));
}
