import { ConvnetError } from '@convnet/tensor-core';

/** What is wrong with a file of a data package. */
export type DataFileFault =
  | 'package'
  | 'version'
  | 'missing'
  | 'checksum'
  | 'content'
  /** It cannot be unpacked where sets are kept: no rights, a file in the way, no room. */
  | 'cache';

/** A data package is not installed, or a file of it is not the one that the repository was tested with. */
export class DataFileError extends ConvnetError {
  override readonly name = 'DataFileError';
  readonly fault: DataFileFault;
  /** The package, or the file in it. */
  readonly source: string;

  constructor(fault: DataFileFault, source: string, message: string, options?: ErrorOptions) {
    super(`${source}: ${message}`, options);
    this.fault = fault;
    this.source = source;
  }
}

/** A request for data that a set does not have. */
export class DataRequestError extends ConvnetError {
  override readonly name = 'DataRequestError';
}
