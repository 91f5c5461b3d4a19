import type { Progress } from './progress.ts';

/** One line for each event, without control characters. */
export function plainProgress(write: (line: string) => void): Progress {
  return {
    note: write,
    milestone: write,
    show: () => undefined,
    close: () => undefined,
  };
}
