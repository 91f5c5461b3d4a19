import type { FusedForm } from '../../backend.ts';
import type { GraphStep, Sequence, Step } from '../graph.ts';
import { fuseBatchNormActivations } from './batch-norm-activation.ts';
import { fuseBatchNormResiduals } from './batch-norm-residual.ts';
import { fuseConvEpilogues } from './conv-epilogue.ts';
import { Draft } from './draft.ts';
import { rejoinSums, separateSums } from './gradient-sums.ts';
import { fuseMatmulEpilogues } from './matmul-epilogue.ts';
import { fusePointwiseChains } from './pointwise-chain.ts';
import { poolBeforeActivations } from './pool-before-activation.ts';
import { readRepeatedOperands } from './repeated-operands.ts';

/**
 * @internal The same computation in fewer passes over memory, of forms that a backend has. It matches operations by name, for
 * inference and for whole training steps alike, and touches a value only where nobody else reads it.
 */
export function fuse<S extends Step>(
  sequence: Sequence<S>,
  forms: readonly FusedForm[],
): Sequence<S | GraphStep> {
  const draft = new Draft(sequence);
  poolBeforeActivations(draft);
  if (forms.includes('batchNormResidual')) fuseBatchNormResiduals(draft);
  if (forms.includes('batchNorm')) fuseBatchNormActivations(draft);
  if (forms.includes('conv')) fuseConvEpilogues(draft);
  if (forms.includes('matmul')) fuseMatmulEpilogues(draft);
  if (forms.includes('pointwise')) {
    const sums = separateSums(draft);
    readRepeatedOperands(draft);
    fusePointwiseChains(draft);
    rejoinSums(draft, sums);
  }
  // What came in is what a draft leaves, and operations.
  return { ...sequence, steps: draft.finish() as (S | GraphStep)[] };
}
