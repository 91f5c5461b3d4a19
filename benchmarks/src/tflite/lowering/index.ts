import { convolutionLowerings } from './convolution.ts';
import { matmulLowerings } from './matmul.ts';
import { movementLowerings } from './movement.ts';
import { pointwiseLowerings } from './pointwise.ts';
import { poolLowerings } from './pool.ts';
import type { Lowering } from './site.ts';

/** By the operation's name. */
export const lowerings: ReadonlyMap<string, Lowering> = new Map(
  Object.entries({
    ...convolutionLowerings,
    ...matmulLowerings,
    ...movementLowerings,
    ...pointwiseLowerings,
    ...poolLowerings,
  }),
);
