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

  constructor(fault: DatasetFault, message: string, because?: ErrorOptions) {
    super(message, because);
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
    super(namedOnce(source, cause instanceof Error ? cause.message : String(cause)), { cause });
    this.index = index;
    this.source = source;
  }
}

/** `reason` with `source` in front: 'sample 5 (a.wav)' stands for the 'a.wav' that a reader names itself. */
function namedOnce(source: string, reason: string): string {
  if (reason.includes(source)) return reason;
  const file = /\((.+)\)$/.exec(source)?.[1];
  const isNamed = file !== undefined && reason.startsWith(`${file}: `);
  return `${source}: ${isNamed ? reason.slice(file.length + 2) : reason}`;
}

/** A worker of a loader could not be started, or ended by itself. */
export class LoaderWorkerError extends ConvnetError {
  override readonly name = 'LoaderWorkerError';
}

/** Something was asked for that only Node has, such as reading a folder by its path. */
export class NotInBrowserError extends ConvnetError {
  override readonly name = 'NotInBrowserError';
}

/** A file that is no picture, or a damaged one. */
export class ImageError extends ConvnetError {
  override readonly name = 'ImageError';
  /** The name of the file, as the caller gave it. */
  readonly source: string;

  constructor(source: string, message: string, because?: ErrorOptions) {
    super(`${source}: ${message}`, because);
    this.source = source;
  }
}

/** What is wrong with a clip: too few frames, frames of different sizes, or a file that cannot be decoded. */
export type ClipFault = 'short' | 'sizes' | 'decode';

/** A video or a folder of frames that does not give the clip that was asked for. */
export class ClipError extends ConvnetError {
  override readonly name = 'ClipError';
  readonly fault: ClipFault;
  /** The video's file, or the folder of its frames. */
  readonly source: string;

  constructor(fault: ClipFault, source: string, message: string, because?: ErrorOptions) {
    super(`${source}: ${message}`, because);
    this.fault = fault;
    this.source = source;
  }
}

/** A program of the system that is wanted and not on the path. */
export class MissingProgramError extends ConvnetError {
  override readonly name = 'MissingProgramError';
  /** Name of the program. */
  readonly program: string;

  constructor(program: string, what: string, because?: ErrorOptions) {
    super(`${what} needs the program ${program}, which is not on the path`, because);
    this.program = program;
  }
}

/** What is wrong with a folder or list of files. */
export type FileFault = 'missing' | 'empty' | 'label' | 'format';

/** A folder or a list of files is not what was expected. */
export class FileError extends ConvnetError {
  override readonly name = 'FileError';
  readonly fault: FileFault;
  /** The folder or list. */
  readonly source: string;

  constructor(fault: FileFault, source: string, message: string, because?: ErrorOptions) {
    super(`${source}: ${message}`, because);
    this.fault = fault;
    this.source = source;
  }
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

/** What is wrong with a signal or its file. */
export type SignalFault = 'format' | 'missing' | 'empty' | 'length' | 'checksum' | 'setting';

/** A file of signals is not what was expected, or a signal lacks what is needed. */
export class SignalError extends ConvnetError {
  override readonly name = 'SignalError';
  readonly fault: SignalFault;
  /** The file or signal, as the caller named it; the function where a setting is wrong. */
  readonly source: string;
  /** What was found, without what a program can do about it. */
  readonly finding: string;

  /** @param advice what a program can do about it, behind the message. */
  constructor(fault: SignalFault, source: string, message: string, advice?: string) {
    const finding = `${source}: ${message}`;
    super(advice === undefined ? finding : `${finding}; ${advice}`);
    this.fault = fault;
    this.source = source;
    this.finding = finding;
  }
}

/** A sample rate or filter setting that makes no sense. */
export class ResampleError extends ConvnetError {
  override readonly name = 'ResampleError';
}
