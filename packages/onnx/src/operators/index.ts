import type { Operator } from '../import/operator.ts';
import { branchOperators } from './branch.ts';
import { convolutionOperators } from './convolution.ts';
import { matmulOperators } from './matmul.ts';
import { movementOperators } from './movement.ts';
import { normalizationOperators } from './normalization.ts';
import { pointwiseOperators } from './pointwise.ts';
import { poolOperators } from './pool.ts';
import { reductionOperators } from './reduction.ts';
import { resizeOperators } from './resize.ts';

/** How the nodes of each operator of the standard domain are run, by its name. */
export const operators: ReadonlyMap<string, Operator> = new Map(
  Object.entries({
    ...branchOperators,
    ...convolutionOperators,
    ...matmulOperators,
    ...movementOperators,
    ...normalizationOperators,
    ...pointwiseOperators,
    ...poolOperators,
    ...reductionOperators,
    ...resizeOperators,
  }),
);
