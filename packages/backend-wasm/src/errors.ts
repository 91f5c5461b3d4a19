import { ConvnetError } from '@convnet/tensor-core';

/** An engine without what the kernels are made of. */
export class UnsupportedEngineError extends ConvnetError {
  override readonly name = 'UnsupportedEngineError';
}

/** Worker threads that cannot be started here. */
export class ThreadsUnavailableError extends ConvnetError {
  override readonly name = 'ThreadsUnavailableError';
}

/** A worker thread that ended, or that made no progress for as long as `workerTimeout` allows. */
export class WorkerDiedError extends ConvnetError {
  override readonly name = 'WorkerDiedError';
}
