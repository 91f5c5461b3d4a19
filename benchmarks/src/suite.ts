import type { Device } from '@convnet/tensor-core';

import type { OpenedDevice } from './devices/open-device.ts';
import type { BenchOptions, SuiteOptionName } from './options.ts';
import type { Profile } from './profile.ts';
import type { Progress } from './progress/progress.ts';
import type { Column } from './report/columns.ts';
import type { Attribution, Report } from './report/report.ts';
import type { Row } from './report/row.ts';

/** What a suite is given to run with. */
export interface SuiteContext {
  readonly options: BenchOptions;
  readonly device: Device;
  /** All devices of the run, `device` first: more than one only where a suite runs on them together. */
  readonly devices: readonly OpenedDevice[];
  /** Threads that the device computes with. */
  readonly threads: number;
  readonly progress: Progress;
  /** Aborts when the user interrupts the run; a suite then stops between two steps. */
  readonly signal: AbortSignal;
  /** Puts a sentence under the results. */
  note(sentence: string): void;
  /** Names the source of samples that were used. */
  attribute(source: Attribution): void;
  /** Tells what rows of several processes ran on, and the recipe that holds for all of them. */
  describe(facts: Pick<Report, 'sessions' | 'recipe'>): void;
}

/** A picture of the rows of a report. */
export interface SuiteChart {
  /** What it shows, for who cannot see it. */
  readonly title: string;
  /** As SVG; undefined where the rows have nothing that it shows. */
  draw(report: Report): Promise<string> | string | undefined;
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
  /** Names that its --datasets takes. Default: those of the comparison. */
  readonly datasetNames?: readonly string[];
  /** Its profiles; the first is the default. Default: quick and full. */
  readonly profiles?: readonly Profile[];
  /** Where to find what a profile that it lacks would be, such as 'the full comparison is pnpm bench architectures'. */
  readonly otherProfiles?: string;
  /** What computes unless told otherwise. Default: 'auto'. */
  readonly defaultBackend?: string;
  /** Whether one run uses all devices, in turns; otherwise there is a run for each. */
  readonly together?: true;
  /** Threads that it computes with unless told otherwise. Default: all cores. */
  readonly defaultThreads?: number;
  /** Name of its result files. Default: that of the suite and the profile. */
  readonly fileName?: (options: BenchOptions) => string;
  /** What its table shows of a row. */
  readonly columns: readonly Column[];
  /** A picture of its rows. */
  readonly chart?: SuiteChart;
  /** Shows the rows as a page of HTML that needs nothing else. */
  readonly page?: (report: Report) => Promise<string>;
  /**
   * Gives each row as soon as it is known. A part that fails gives a row with an `error`, and the rest goes
   * on. Where the signal aborts, it rejects with the signal's reason.
   */
  run(context: SuiteContext): AsyncIterable<Row>;
}
