import type { Task, TaskKind } from '../task.ts';
import type { Preprocessing } from './preprocessing.ts';

/** Which files to learn from and how; `config.json` of a run keeps it. */
export interface DataRequest extends LabelRequest {
  /** A folder of files, a file with a sample in each row, or arrays of NumPy. */
  readonly data?: string;
  /** A file as `data`, whose samples test. */
  readonly testData?: string;
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
  /** What the network says, where it is trained already. */
  readonly knownTask?: Task;
  /** Recordings that an earlier look at all of them found readable, by their numbers. */
  readonly readable?: { readonly train: readonly number[]; readonly test: readonly number[] };
}

/** Where labels are, if not in the names of folders. */
export interface LabelRequest {
  /** A list of files with their labels, or labels as an array of NumPy. */
  readonly labels?: string;
  /** A list as `labels` of the files that test. */
  readonly testLabels?: string;
  /** Columns of the list, or of a file with a sample in each row, by their names. */
  readonly pathColumn?: string;
  readonly labelColumn?: string;
  /** What belongs together, such as a patient: a group never falls into both parts. */
  readonly groupColumn?: string;
  /** Columns with numbers: several labels of 0 and 1, or quantities. */
  readonly targets?: readonly string[];
  /** Columns of a file with a sample in each row that are passed over. */
  readonly skipColumns?: readonly string[];
  /** Channels that the values of such a row are. */
  readonly channels?: number;
  /** What the targets are; by default several labels where all are 0 or 1. */
  readonly task?: TaskKind;
}
