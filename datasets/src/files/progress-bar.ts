import type { Progress } from '@convnet/weights';

/** Where a bar is drawn: of a stream, what is used. */
export interface BarStream {
  readonly isTTY?: boolean;
  /** Shows a text. */
  write(text: string): unknown;
}

/**
 * Shows downloads as a bar, without a terminal as a line for each tenth: `{ onProgress: progressBar() }`.
 *
 * @param stream Default: the process's error stream.
 */
export function progressBar(stream: BarStream = process.stderr): (progress: Progress) => void {
  const tenths = new Map<string, number>();
  return ({ file, received, total }) => {
    const share = total > 0 ? Math.min(received / total, 1) : 0;
    const size = `${(received / 1e6).toFixed(1)} of ${(total / 1e6).toFixed(1)} MB`;
    if (stream.isTTY === true) {
      const filled = Math.round(share * 30);
      const bar = '█'.repeat(filled) + '░'.repeat(30 - filled);
      stream.write(`\r${file} ${bar} ${size}${share === 1 ? '\n' : ''}`);
      return;
    }
    const tenth = Math.floor(share * 10);
    if (tenths.get(file) === tenth) return;
    tenths.set(file, tenth);
    stream.write(`${file}: ${size}\n`);
  };
}
