import type { EpochReport, StepReport } from '@convnet/train';

import type { RowError } from '../report/row.ts';
import type { Job } from './job.ts';
import type { TrainingResult } from './train-model.ts';

/** What a lane is started with. */
export interface LaneOptions {
  readonly backend: string;
  readonly threads: number;
  readonly revectorize: boolean;
}

/** What a lane is asked to do. */
export interface LaneRequest {
  /** 'time': take a few steps and tell how long a sample takes. 'train': train and test. */
  readonly task: 'time' | 'train';
  readonly job: Job;
}

/** What a lane tells while it works, and at the end of a request. */
export type LaneReply =
  | { readonly kind: 'step'; readonly report: StepReport }
  | { readonly kind: 'epoch'; readonly report: EpochReport }
  | { readonly kind: 'timed'; readonly secondsPerSample: number }
  | { readonly kind: 'trained'; readonly result: TrainingResult }
  | { readonly kind: 'failed'; readonly error: RowError };
