import type { Operation } from './operation.ts';
import { requireSynchronous } from './synchronous.ts';
import type { Tensor } from './tensor.ts';

/** One operation as it was applied. */
export interface TraceEvent {
  readonly operation: Operation<unknown>;
  readonly inputs: readonly (Tensor | null)[];
  readonly outputs: readonly Tensor[];
  readonly attributes: unknown;
}

type Listener = (event: TraceEvent) => void;

let listeners: readonly Listener[] = [];

/**
 * Runs `body` and tells `listener` of every operation applied meanwhile, in order.
 * @throws ArgumentError for an asynchronous body.
 */
export function trace<T>(listener: Listener, body: () => T): T {
  const before = listeners;
  listeners = [...before, listener];
  try {
    return requireSynchronous('trace', body());
  } finally {
    listeners = before;
  }
}

/** @internal */
export function tracing(): boolean {
  return listeners.length > 0;
}

/** @internal */
export function emit(event: TraceEvent): void {
  for (const listener of listeners) listener(event);
}
