import type { Device } from '@convnet/tensor-core';

import type { BenchOptions, SuiteOptionName } from './options.ts';
import type { Progress } from './progress/progress.ts';
import type { Column } from './report/columns.ts';
import type { Attribution, Report } from './report/report.ts';
import type { Row } from './report/row.ts';

/** What a suite is given to run with. */
export interface SuiteContext {
  readonly options: BenchOptions;
  readonly device: Device;
  /** Threads that the device computes with. */
  readonly threads: number;
  readonly progress: Progress;
  /** Aborts when the user interrupts the run; a suite then stops between two steps. */
  readonly signal: AbortSignal;
  /** Puts a sentence under the results. */
  note(sentence: string): void;
  /** Names the source of samples that were used. */
  attribute(source: Attribution): void;
}

/** One thing to measure: a command of its own. */
export interface Suite {
  /** Name of the command. */
  readonly name: string;
  /** One line for the list of suites. */
  readonly summary: string;
  /** What it does, for `--help`: some sentences. */
  readonly description: string;
  /** The options it takes besides those that every suite has. */
  readonly options: readonly SuiteOptionName[];
  /** Names that its --models takes. Default: the networks that are compared. */
  readonly modelNames?: readonly string[];
  /** What its table shows of a row. */
  readonly columns: readonly Column[];
  /** Draws the rows as SVG. */
  readonly chart?: (report: Report) => Promise<string>;
  /**
   * Gives each row as soon as it is known. A part that fails gives a row with an `error`, and the rest goes
   * on. Where the signal aborts, it rejects with the signal's reason.
   */
  run(context: SuiteContext): AsyncIterable<Row>;
}
