import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import type { SmallFasterRCNNOptions } from '@convnet/detection';

/** How BCCD is learned. */
export interface Recipe {
  readonly shorterSide: number;
  readonly epochs: number;
  readonly batchSize: number;
  readonly learningRate: number;
  readonly momentum: number;
  readonly weightDecay: number;
  readonly warmupSteps: number;
  readonly clipNorm: number;
  readonly network: SmallFasterRCNNOptions;
}

export const recipe: Recipe = JSON.parse(
  readFileSync(join(import.meta.dirname, 'recipe.json'), 'utf8'),
) as Recipe;
