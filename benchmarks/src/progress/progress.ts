/** One bar. */
export interface Bar {
  readonly label: string;
  /** How far it is, 0 to 1. */
  readonly share: number;
  /** Figures behind the bar. */
  readonly detail: string;
}

/** What a run shows while it goes on. */
export interface Progress {
  /** A line that stays. */
  note(line: string): void;
  /** A line for output that has no bars, such as a pipe: about one an epoch. */
  milestone(line: string): void;
  /** Redraws the bars. Calls that come too fast are passed over. */
  show(bars: readonly Bar[]): void;
  /** Takes the bars away. */
  close(): void;
}

/** A terminal, or anything else that text is written to. */
export interface OutputStream extends NodeJS.WritableStream {
  readonly isTTY?: boolean;
  /** Width of the terminal. */
  readonly columns?: number;
}

/** Columns to write in: 80 where a stream is no terminal, or one that does not know its size, which says 0. */
export const columnsOf = (columns: number = 0): number => (columns === 0 ? 80 : columns);
