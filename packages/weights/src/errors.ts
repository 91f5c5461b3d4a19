import { ConvnetError } from '@convnet/tensor-core';

/** A file of weights that is not what it should be; the base of the errors of all formats. */
export abstract class WeightsFileError extends ConvnetError {
  override readonly name: string = 'WeightsFileError';
  /** The file, as the caller named it. */
  readonly source: string;

  constructor(source: string, message: string, options?: ErrorOptions) {
    super(`${source}: ${message}`);
    this.source = source;
    if (options?.cause !== undefined) this.cause = options.cause;
  }
}

/** What went wrong between the caller and the bytes of a file. */
export type SourceFault =
  /** There is no such file, or a server answers that there is none. */
  | 'missing'
  /** It was there and could not be read. */
  | 'unreadable'
  /** The bytes end before they should. */
  | 'truncated'
  /** The file is another one than at the first read. */
  | 'changed'
  /** A server answers something else than what was asked for. */
  | 'answer'
  /** A reference to another file leads out of the folder, or nowhere. */
  | 'reference';

/** Bytes that could not be had. */
export class SourceError extends WeightsFileError {
  override readonly name = 'SourceError';
  readonly fault: SourceFault;

  constructor(fault: SourceFault, source: string, message: string, options?: ErrorOptions) {
    super(source, message, options);
    this.fault = fault;
  }
}

/** What is wrong with a safetensors file. */
export type SafetensorsFault =
  /** It ends before its header or its tensors do. */
  | 'truncated'
  /** The header is longer than the format allows. */
  | 'header length'
  /** The header is not JSON of the form that the format prescribes. */
  | 'header'
  /** A name stands twice. */
  | 'duplicate'
  /** An element type that the format does not have. */
  | 'dtype'
  /** Shape, element type and number of bytes of a tensor contradict each other. */
  | 'size'
  /** Tensors overlap. */
  | 'overlap'
  /** Bytes that belong to no tensor, between two of them or behind the last. */
  | 'hole'
  /** An index of shards names something that a shard does not have. */
  | 'index';

/** A file is not a safetensors file, or breaks a rule of the format. */
export class SafetensorsError extends WeightsFileError {
  override readonly name = 'SafetensorsError';
  readonly fault: SafetensorsFault;

  constructor(fault: SafetensorsFault, source: string, message: string) {
    super(source, message);
    this.fault = fault;
  }
}
