import type { Dataset, HostArray } from '@convnet/data';

import type { Task } from '../task.ts';
import type { Preprocessing } from './preprocessing.ts';

/** A file that was left out, and why. */
export interface LeftOut {
  readonly file: string;
  readonly reason: string;
}

/** What a network is to say of a sample: the number of its class, or numbers. */
export type Target = number | Float32Array;

/** A sample as the network sees it. */
export type PreparedSample = readonly [input: HostArray<Float32Array>, target: Target];

/** The sets of `OpenedData`, by name. */
export type Part = 'train' | 'plainTrain' | 'test';

/** Sets that a network can be trained and tested with. */
export interface OpenedData extends Readonly<Record<Part, Dataset<PreparedSample>>> {
  /** The training samples as they are tested (`plainTrain`) are those of `train` without random changes. */
  readonly task: Task;
  readonly preprocessing: Preprocessing;
  /** What the user should know of what was found and decided. */
  readonly notes: readonly string[];
  readonly leftOut: readonly LeftOut[];
  /** Of recordings those that can be read, by their numbers. */
  readonly readable?: { readonly train: readonly number[]; readonly test: readonly number[] };
}

/** Samples before the network's own preparation: decoded files with what is to be said of them. */
export type RawSet<From> = Dataset<readonly [From, Target]>;

/** Raw sets for training and for testing. */
export interface RawSplit<From> {
  readonly train: RawSet<From>;
  readonly test: RawSet<From>;
  readonly task: Task;
  readonly notes?: readonly string[];
  /** What was odd of files that were read, once each. */
  readonly warnings?: ReadonlySet<string>;
}
