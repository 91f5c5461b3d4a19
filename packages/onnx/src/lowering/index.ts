import { convolutionLowerings } from './convolution.ts';
import { matmulLowerings } from './matmul.ts';
import { movementLowerings } from './movement.ts';
import { normalizationLowerings } from './normalization.ts';
import { pointwiseLowerings } from './pointwise.ts';
import { poolLowerings } from './pool.ts';
import { reduceLowerings } from './reduce.ts';
import { resizeLowerings } from './resize.ts';
import type { Lowering } from './site.ts';

/** How each operation of tensor-core is written, by its name. */
export const lowerings: ReadonlyMap<string, Lowering> = new Map(
  Object.entries({
    ...convolutionLowerings,
    ...matmulLowerings,
    ...movementLowerings,
    ...normalizationLowerings,
    ...pointwiseLowerings,
    ...poolLowerings,
    ...reduceLowerings,
    ...resizeLowerings,
  }),
);

export type { Lowering, Site } from './site.ts';
