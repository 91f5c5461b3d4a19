import { ArgumentError } from './errors.ts';
import { formatValue } from './format-value.ts';

/**
 * The result of the body of a switch, such as `noGrad`, that holds only while the body runs.
 * @throws ArgumentError for a promise, after whose first `await` the switch would no longer hold.
 */
export function requireSynchronous<T>(op: string, result: T): T {
  if (!isThenable(result)) return result;
  // This error is the one to hear of, not what else becomes of the body.
  Promise.resolve(result).catch(() => undefined);
  throw new ArgumentError(
    `${op}: expected a body that returns without waiting, got a promise: behind its first await ${op} would ` +
      `not hold. Put ${op} around the parts between the awaits`,
  );
}

/** Whether a value is a promise, of whatever library. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return (
    typeof value === 'object' &&
    value !== null &&
    typeof (value as { readonly then?: unknown }).then === 'function'
  );
}

/** @throws ArgumentError for anything but a function to run. */
export function requireBody(op: string, body: unknown): void {
  if (typeof body !== 'function') {
    throw new ArgumentError(`${op}: expected a function to run, got ${formatValue(body)}`);
  }
}
