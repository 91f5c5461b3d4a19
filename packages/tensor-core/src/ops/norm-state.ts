import { aTensor, orNull } from '../kinds.ts';
import { checkOptions, optionKinds } from '../options.ts';
import type { Tensor } from '../tensor.ts';

/** What a normalisation learns and keeps: each [C], but for the count, or null. */
export interface BatchNormState {
  readonly weight: Tensor | null;
  readonly bias: Tensor | null;
  readonly runningMean: Tensor | null;
  readonly runningVar: Tensor | null;
  /** An int32 scalar that counts the batches that moved both statistics. */
  readonly batchesTracked?: Tensor | null;
}

const stateKinds = optionKinds<BatchNormState>({
  weight: orNull(aTensor),
  bias: orNull(aTensor),
  runningMean: orNull(aTensor),
  runningVar: orNull(aTensor),
  batchesTracked: orNull(aTensor),
});
const stateNames = ['weight', 'bias', 'runningMean', 'runningVar'] as const;

/** @throws ArgumentError for what is no state of a normalisation, or has what none has. */
export function requireState(op: string, state: BatchNormState): void {
  checkOptions(`${op}: state`, state, stateKinds, stateNames);
}
