import type { Turns } from '../report/timing.ts';

/** Something whose steps are timed. */
export interface Stepper {
  /** Takes `count` steps and gives the milliseconds of each. */
  steps(count: number): Promise<readonly number[]>;
}

export interface AlternateOptions {
  /** Turns of each. */
  readonly rounds: number;
  /** Length of a turn, in milliseconds, is about this. */
  readonly turn: number;
  /** Steps of a turn at least. Default 3. */
  readonly leastSteps?: number;
  /** Steps that warm a stepper up. Default 5. */
  readonly warmUp?: number;
  /** Milliseconds: a stepper whose last warming step takes longer is timed by that step alone. Default: none. */
  readonly patience?: number;
  readonly signal: AbortSignal;
  /** Called after each round with the share of all rounds that is done. */
  readonly onRound: (share: number) => void;
}

/** Rest before a turn, in milliseconds: threads of the one before stop spinning. */
const rest = 20;

/**
 * Lets steppers take turns, so that a change in the machine's speed meets all of them alike.
 * @returns the milliseconds of each one's steps, turn by turn, without those that warmed it up.
 */
export async function alternate(
  steppers: readonly Stepper[],
  {
    rounds,
    turn,
    leastSteps = 3,
    warmUp = 5,
    patience = Number.POSITIVE_INFINITY,
    signal,
    onRound,
  }: AlternateOptions,
): Promise<Turns[]> {
  const counts: number[] = [];
  const times = steppers.map((): (readonly number[])[] => []);
  for (const [i, stepper] of steppers.entries()) {
    const last = (await stepper.steps(warmUp)).at(-1)!;
    signal.throwIfAborted();
    if (last > patience) times[i]!.push([last]);
    counts.push(last > patience ? 0 : Math.max(leastSteps, Math.round(turn / last)));
  }
  for (let round = 0; round < rounds; round++) {
    for (const [i, stepper] of steppers.entries()) {
      signal.throwIfAborted();
      if (counts[i] === 0) continue;
      await new Promise((resolve) => setTimeout(resolve, rest));
      // One step more at the head of the turn wakes its threads and caches.
      const [, ...measured] = await stepper.steps(counts[i]! + 1);
      times[i]!.push(measured);
    }
    onRound((round + 1) / rounds);
  }
  return times;
}
