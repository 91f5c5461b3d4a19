import { aFunction, requireKind } from './kinds.ts';
import { context, within } from './context.ts';
import type { Operation } from './operation.ts';
import type { StepScalar } from './step-scalar.ts';
import type { Tensor } from './tensor.ts';

/** One operation as it was applied. */
export interface TraceEvent {
  readonly operation: Operation<unknown>;
  readonly inputs: readonly (Tensor | null)[];
  readonly outputs: readonly Tensor[];
  readonly attributes: unknown;
  readonly scalars: readonly StepScalar[];
}

/**
 * Runs `body` and tells `listener` of every operation applied meanwhile, in order.
 * @throws ArgumentError for an asynchronous body.
 */
export function trace<T>(listener: (event: TraceEvent) => void, body: () => T): T {
  requireKind('trace', 'listener', listener, aFunction);
  return within('trace', { listeners: [...context().listeners, listener] }, body);
}
