import type { Preprocessing } from './preprocessing.ts';

/** Which files to learn from and how; `config.json` of a run keeps it. */
export interface DataRequest {
  /** A folder of class folders, or one with `train` and `test` of such. */
  readonly data?: string;
  /** Name of a set, such as mnist or ucr/GunPoint, in place of `data`. */
  readonly set?: string;
  /** Where the files of the set are already. */
  readonly folder?: string;
  /** 1: signals, 2: pictures; by default what the folder has more of. */
  readonly dims?: 1 | 2;
  /** Side that pictures are brought to, in pixels. */
  readonly size?: number;
  /** Samples that recordings are cropped and padded to. */
  readonly length?: number;
  /** Samples per second that recordings are brought to. */
  readonly sampleRate?: number;
  /** Share of the files that tests, where the folder has no `test`. */
  readonly testShare: number;
  /** Pattern whose first group, found in the path of a file, says what must not be torn apart. */
  readonly group?: string;
  /** What becomes of files that cannot be read. */
  readonly onError: 'stop' | 'skip';
  /** What becomes of values of signals that are missing or NaN. */
  readonly missing: 'refuse' | 'interpolate';
  /** Whether training changes pictures and recordings at random. */
  readonly augment: boolean;
  readonly seed: number;
  /** What was decided when the network was trained. */
  readonly preprocessing?: Preprocessing;
}
