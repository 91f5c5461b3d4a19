import { ConvnetError } from '@convnet/tensor-core';

/** What is wrong with a checkpoint, or with saving one. */
export type CheckpointFault =
  /** It is a file of tensors, but was not written as a checkpoint. */
  | 'format'
  /** It was written by a newer version of this package. */
  | 'version'
  /** The model or the optimiser has other parameters than those that were saved. */
  | 'parameters'
  /** It has no state for something that is to go on, or has state for something that is not there. */
  | 'parts'
  /** It could not be written; those of before are still there. */
  | 'write'
  /** None could be read. */
  | 'unreadable'
  /** There are some already, of another run. */
  | 'occupied';

/** A checkpoint that cannot be used or written. `cause` says more where another error did it. */
export class CheckpointError extends ConvnetError {
  override readonly name = 'CheckpointError';
  readonly fault: CheckpointFault;

  constructor(fault: CheckpointFault, message: string, options?: ErrorOptions) {
    super(message);
    this.fault = fault;
    if (options?.cause !== undefined) this.cause = options.cause;
  }
}

/** What an error says; others are shown as text. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
