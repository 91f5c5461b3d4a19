import { isRecord } from '../is-record.ts';
import { comparedSets, type ComparedSet } from './sets.ts';

/** How every network of a run trains: written at the head of its journal, and the same for all of them. */
export interface Recipe {
  readonly optimizer: string;
  readonly weightDecay: number;
  readonly schedule: string;
  readonly loss: string;
  readonly dropout: number;
  readonly batchSize: number;
  /** Greatest rates of the schedule that are tried. */
  readonly rates: readonly number[];
  /** How one of them is chosen. */
  readonly rateRule: string;
  /** Share of the passes that a trial of a rate takes. */
  readonly rateShare: number;
  /** Trainings of each family's smallest member, which differ in their seed. */
  readonly seedsOfSmallest: number;
  /** Time of one core that a training may take at most: a network that would take longer makes fewer passes. */
  readonly coreMinutes: number;
  /** Of the sets that the run was begun for. One that it was gone on with has its part in the entry of the set. */
  readonly sets: Readonly<Record<string, SetRecipe>>;
}

/** What the recipe says of one set. */
export interface SetRecipe {
  readonly dims: number;
  readonly epochs: number;
  /** How often a pass shows each sample, where it is not once. */
  readonly repeats?: number;
  readonly augmentation: string;
  readonly stem: string;
}

/** Core minutes that a training may take where `--core-minutes` says nothing else. */
export const defaultCoreMinutes = 15;

/** The recipe for some of the sets. */
export function recipeFor(
  coreMinutes: number = defaultCoreMinutes,
  sets: readonly ComparedSet[] = comparedSets,
): Recipe {
  return {
    optimizer: 'AdamW',
    weightDecay: 0.01,
    schedule: 'one cycle of the learning rate over all steps, greatest after 30 % of them',
    loss: 'cross-entropy; capsnet: the margin loss of its paper',
    dropout: 0,
    batchSize: 32,
    rates: [0.0003, 0.001, 0.003, 0.01],
    rateRule:
      'each rate trains a quarter of the passes with seed 0; the greatest validation accuracy wins, then the least ' +
      'validation loss, then the smaller rate',
    rateShare: 1 / 4,
    seedsOfSmallest: 3,
    coreMinutes,
    sets: Object.fromEntries(sets.map((set) => [set.name, setRecipe(set)])),
  };
}

export const setRecipe = ({
  dims,
  epochs,
  repeats,
  augmentation,
  stem,
}: ComparedSet): SetRecipe => ({
  dims,
  epochs,
  ...(repeats === 1 ? {} : { repeats }),
  augmentation,
  stem,
});

/** Two parts of a run: the sets of both. */
export const joinedRecipe = (first: Recipe, second: Recipe): Recipe => ({
  ...first,
  sets: { ...second.sets, ...first.sets },
});

/** The first difference of two recipes, such as 'batchSize: 32 and 64', or null; a set that one of them lacks is none. */
export function differenceOfRecipes(ours: Recipe, theirs: Recipe): string | null {
  const shared = Object.keys(ours.sets).filter((set) => set in theirs.sets);
  const withShared = (recipe: Recipe): Recipe => ({
    ...recipe,
    sets: Object.fromEntries(shared.map((set) => [set, recipe.sets[set]!])),
  });
  return differenceOf(withShared(ours), withShared(theirs));
}

/** The first difference of two records, as `differenceOfRecipes` names it, or null. */
export function differenceOf(ours: unknown, theirs: unknown, path = ''): string | null {
  if (isRecord(ours) && isRecord(theirs)) {
    for (const key of new Set([...Object.keys(ours), ...Object.keys(theirs)])) {
      const inner = path === '' ? key : `${path}.${key}`;
      const difference = differenceOf(ours[key], theirs[key], inner);
      if (difference !== null) return difference;
    }
    return null;
  }
  const [mine, other] = [JSON.stringify(ours), JSON.stringify(theirs)];
  return mine === other ? null : `${path}: ${mine} and ${other}`;
}

/** Passes of a trial of a rate. */
export function trialEpochs(epochs: number, { rateShare }: Recipe): number {
  return Math.max(1, Math.round(epochs * rateShare));
}
