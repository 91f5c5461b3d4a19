import { aTensor, orNull } from '../kinds.ts';
import { checkOptions, optionKinds } from '../options.ts';
import type { BatchNormState } from './batch-norm.ts';

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
