import { ConvnetError } from '@convnet/tensor-core';

/** What is wrong with a dataset or a request to it. */
export type DatasetFault =
  | 'shape'
  | 'labels'
  | 'index'
  | 'normalisation'
  | 'batch'
  | 'split'
  | 'transform'
  | 'classes'
  | 'sample'
  | 'sampler'
  | 'empty'
  | 'state'
  | 'workers';

/** A dataset, loader or transform was given values that do not fit together. */
export class DatasetError extends ConvnetError {
  override readonly name = 'DatasetError';
  readonly fault: DatasetFault;

  constructor(fault: DatasetFault, message: string) {
    super(message);
    this.fault = fault;
  }
}

/** A sample that could not be had, where and why. `cause` is what was thrown. */
export class SampleError extends ConvnetError {
  override readonly name = 'SampleError';
  /** Number of the sample in its dataset. */
  readonly index: number;
  /** What the dataset calls the sample: its file, as a rule. */
  readonly source: string;

  constructor(index: number, source: string, cause: unknown) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    super(reason.includes(source) ? reason : `${source}: ${reason}`, { cause });
    this.index = index;
    this.source = source;
  }
}

/** A worker of a loader could not be started, or ended by itself. */
export class LoaderWorkerError extends ConvnetError {
  override readonly name = 'LoaderWorkerError';
}

/** What is wrong with an IDX file. */
export type IdxFault =
  | 'compressed'
  | 'magic'
  | 'type'
  | 'rank'
  | 'truncated'
  | 'trailing'
  | 'count';

/** A file is not the IDX file that was expected. */
export class IdxError extends ConvnetError {
  override readonly name = 'IdxError';
  readonly fault: IdxFault;
  /** The name of the file, as the caller gave it. */
  readonly source: string;

  constructor(fault: IdxFault, source: string, message: string) {
    super(`${source}: ${message}`);
    this.fault = fault;
    this.source = source;
  }
}

/** What is wrong with a WAV file. */
export type WavFault = 'container' | 'encoding' | 'header' | 'truncated' | 'trailing';

/** A file is not a WAV file with PCM samples. */
export class WavError extends ConvnetError {
  override readonly name = 'WavError';
  readonly fault: WavFault;
  /** The name of the file, as the caller gave it. */
  readonly source: string;
  /** The format code found, where the fault is 'encoding'. */
  readonly formatCode: number | undefined;

  constructor(fault: WavFault, source: string, message: string, formatCode?: number) {
    super(`${source}: ${message}`);
    this.fault = fault;
    this.source = source;
    this.formatCode = formatCode;
  }
}

/** A sample rate or filter setting that makes no sense. */
export class ResampleError extends ConvnetError {
  override readonly name = 'ResampleError';
}
