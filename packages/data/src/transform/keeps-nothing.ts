/** Steps that keep nothing of what they are given, though they may return it, or a part of it. */
const forgetful = new WeakSet<object>();

/** Marks a step that keeps nothing of what it is given: once it has run, that belongs to who had it before. */
export function keepsNothing<S extends object>(step: S): S {
  forgetful.add(step);
  return step;
}

/** Marks a step that hands what it is given to others and to nobody else, where all of them keep nothing. */
export function keepsWhat<S extends object>(others: readonly object[], step: S): S {
  return others.every(doesKeepNothing) ? keepsNothing(step) : step;
}

export const doesKeepNothing = (step: object): boolean => forgetful.has(step);
