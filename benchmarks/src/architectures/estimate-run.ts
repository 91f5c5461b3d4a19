import { coreHours, count } from '../report/format.ts';
import type { Task } from './entries.ts';
import type { FinishedWork } from './finished-work.ts';
import { keyFor, type PlannedNetwork } from './plan.ts';
import { trialEpochs, type Recipe } from './recipe.ts';
import { passesWithin } from './passes.ts';

/** What is known, and what is guessed, of the time that a run takes. */
export interface RunEstimate {
  readonly finished: number;
  readonly left: number;
  /** Seconds of a core that finished pieces took. */
  readonly finishedSeconds: number;
  /** Seconds of a core that the others will take. */
  readonly leftSeconds: number;
  /** Of them, those of networks that were not timed yet. */
  readonly guessedSeconds: number;
}

/** Seconds of a core for a MAC and a sample of a training step, where no network of the journal tells: on a core of Zen 5. */
const guessedSecondsPerMac = 1.5e-10;

const macsOf = ({ counts }: PlannedNetwork): number => ('macs' in counts ? counts.macs : 0);

/**
 * What is left of some tasks. A network that was not timed is taken to be as fast for each MAC as the nearest of its family that
 * was, of the same rank first; larger ones are rather faster, so this is rather too much.
 * @param all all networks of the run, as those that were timed may have no task left.
 */
export function estimateOf(
  tasks: readonly Task[],
  all: readonly PlannedNetwork[],
  finished: FinishedWork,
  recipe: Recipe,
): RunEstimate {
  const timed = all.flatMap((network) => {
    const seconds = finished.budget(keyFor(network))?.coreSecondsPerSample ?? null;
    const macs = macsOf(network);
    return seconds === null || macs === 0 ? [] : [{ network, macs, perMac: seconds / macs }];
  });
  const perMacOf = (network: PlannedNetwork): number => {
    const macs = macsOf(network);
    const distance = (other: (typeof timed)[number]): number =>
      (other.network.member.family === network.member.family ? 0 : 1000) +
      (other.network.set.dims === network.set.dims ? 0 : 100) +
      Math.abs(Math.log(other.macs / macs));
    const [nearest] = timed.toSorted((a, b) => distance(a) - distance(b));
    return nearest?.perMac ?? guessedSecondsPerMac;
  };
  const secondsOf = (task: Task): { readonly seconds: number; readonly guessed: boolean } => {
    const network = all.find(
      ({ set, member }) => set.name === task.set && member.name === task.member,
    )!;
    const samples = finished.sets.find((set) => set.set === task.set)!.train * network.set.repeats;
    const budget = finished.budget(task);
    if (budget?.error !== undefined || task.kind === 'budget')
      return { seconds: 0, guessed: false };
    const perSample = budget?.coreSecondsPerSample ?? macsOf(network) * perMacOf(network);
    const epochs = budget?.epochs ?? passesWithin(recipe, network.set.epochs, samples * perSample);
    const passes = task.kind === 'rate' ? trialEpochs(epochs, recipe) : epochs;
    return { seconds: passes * samples * perSample, guessed: budget === undefined };
  };
  const left = tasks.filter((task) => !finished.has(task));
  const costs = left.map(secondsOf);
  const sum = (some: typeof costs): number => some.reduce((all, { seconds }) => all + seconds, 0);
  return {
    finished: tasks.length - left.length,
    left: left.length,
    finishedSeconds: finished.coreSeconds,
    leftSeconds: sum(costs),
    guessedSeconds: sum(costs.filter(({ guessed }) => guessed)),
  };
}

/** '120 of 536 pieces are finished; about 14.2 core-hours are left'. */
export function estimateSentence({ finished, left, leftSeconds }: RunEstimate): string {
  const rest =
    left === 0 ? 'nothing is left' : `about ${coreHours(leftSeconds)} core-hours are left`;
  return `${count(finished)} of ${count(finished + left)} pieces of work are finished; ${rest}`;
}
