import { ArgumentError, aFunction, numberFrom, requireKind } from '@convnet/tensor-core';
import type { RandomStream } from '../random/random-stream.ts';
import { keepsWhat } from './keeps-nothing.ts';

/** One step of a transform: makes something of a sample, and draws all its chance from `random`. */
export type Step<From, To> = (sample: From, random: RandomStream) => To;

/**
 * One step after another: `compose(resize(256), centerCrop(224), toTensor())`. Chance is drawn in that order.
 *
 * @throws ArgumentError for a step that is no function.
 */
export function compose<A, B>(first: Step<A, B>): Step<A, B>;
export function compose<A, B, C>(...steps: [Step<A, B>, Step<B, C>]): Step<A, C>;
export function compose<A, B, C, D>(...steps: [Step<A, B>, Step<B, C>, Step<C, D>]): Step<A, D>;
export function compose<A, B, C, D, E>(
  ...steps: [Step<A, B>, Step<B, C>, Step<C, D>, Step<D, E>]
): Step<A, E>;
export function compose<A, B, C, D, E, F>(
  ...steps: [Step<A, B>, Step<B, C>, Step<C, D>, Step<D, E>, Step<E, F>]
): Step<A, F>;
export function compose<A, B, C, D, E, F, G>(
  ...steps: [Step<A, B>, Step<B, C>, Step<C, D>, Step<D, E>, Step<E, F>, Step<F, G>]
): Step<A, G>;
export function compose<A, B, C, D, E, F, G, H>(
  ...steps: [Step<A, B>, Step<B, C>, Step<C, D>, Step<D, E>, Step<E, F>, Step<F, G>, Step<G, H>]
): Step<A, H>;
export function compose<A, B, C, D, E, F, G, H, I>(
  ...steps: [
    Step<A, B>,
    Step<B, C>,
    Step<C, D>,
    Step<D, E>,
    Step<E, F>,
    Step<F, G>,
    Step<G, H>,
    Step<H, I>,
  ]
): Step<A, I>;
export function compose<A>(...steps: Step<A, A>[]): Step<A, A>;
export function compose(...steps: Step<unknown, unknown>[]): Step<unknown, unknown> {
  requireSteps('compose', steps);
  const composed: Step<unknown, unknown> = (sample, random) =>
    steps.reduce((value, step) => step(value, random), sample);
  parts.set(composed, steps);
  return keepsWhat(steps, composed);
}

/** What composed steps consist of. */
const parts = new WeakMap<object, readonly Step<unknown, unknown>[]>();

/** The steps that a step was composed of, those of its parts too; one that was not is its own. */
export function partsOf(step: Step<unknown, unknown>): readonly Step<unknown, unknown>[] {
  return parts.get(step)?.flatMap(partsOf) ?? [step];
}

/** `step` with the given probability, else the sample as it is. */
export function randomApply<A>(step: Step<A, A>, probability = 0.5): Step<A, A> {
  requireKind('randomApply', 'step', step, aFunction);
  requireProbability('randomApply', probability);
  return keepsWhat([step], (sample: A, random: RandomStream) =>
    random.chance(probability) ? step(sample, random) : sample,
  );
}

/** One of `steps`, each as likely as the others. */
export function randomChoice<A>(...steps: readonly Step<A, A>[]): Step<A, A> {
  requireSteps('randomChoice', steps);
  if (steps.length === 0)
    throw new ArgumentError('randomChoice: expected at least one step, got none');
  return keepsWhat(steps, (sample: A, random: RandomStream) =>
    steps[random.below(steps.length)]!(sample, random),
  );
}

/** @throws ArgumentError for a step that is no function. */
function requireSteps(where: string, steps: readonly unknown[]): void {
  steps.forEach((step, i) => requireKind(where, `step ${i}`, step, aFunction));
}

const aProbability = numberFrom(0, 1);

/** @throws ArgumentError for what is no probability. */
export function requireProbability(where: string, probability: unknown): void {
  requireKind(where, 'probability', probability, aProbability);
}
