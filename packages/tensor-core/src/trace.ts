import { aFunction, requireKind } from './kinds.ts';
import { context, within } from './context.ts';
import type { TraceEvent } from './trace-event.ts';

export type { TraceEvent } from './trace-event.ts';

/**
 * Runs `body` and tells `listener` of every operation applied meanwhile, in order.
 * @throws ArgumentError for an asynchronous body.
 */
export function trace<T>(listener: (event: TraceEvent) => void, body: () => T): T {
  requireKind('trace', 'listener', listener, aFunction);
  return within('trace', { listeners: [...context().listeners, listener] }, body);
}
