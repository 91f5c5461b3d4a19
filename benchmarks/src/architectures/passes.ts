import type { Recipe } from './recipe.ts';

/** The step that is timed may be quicker than the mean of a training by this. */
const margin = 0.9;

/** Seconds of a core that a pass is taken to need, where its steps take so long. */
export const secondsOfPass = (stepSeconds: number): number => stepSeconds / margin;

/**
 * Whole passes that fit into the budget of a training, at most those of the recipe; 0 where none does.
 * @param stepSeconds of a core, for the steps of one pass.
 */
export function passesWithin(
  { coreMinutes }: Recipe,
  ofRecipe: number,
  stepSeconds: number,
): number {
  return Math.min(ofRecipe, Math.floor((coreMinutes * 60) / secondsOfPass(stepSeconds)));
}
