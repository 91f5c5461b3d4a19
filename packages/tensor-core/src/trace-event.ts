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
