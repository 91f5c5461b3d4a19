import { IndexRangeError } from '../errors.ts';
import { scope } from '../scope.ts';

/** A scope in which errors of positions that do not exist are named after `op`, which the program called. */
export function indexScope<T>(op: string, body: () => T): T {
  try {
    return scope(body);
  } catch (error) {
    if (!(error instanceof IndexRangeError)) throw error;
    throw new IndexRangeError(op, error.index, error.axis, error.extent);
  }
}
