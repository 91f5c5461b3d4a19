import { context, within } from '../context.ts';

/**
 * @internal Runs `run` now and, where a step is being captured, again at every replay: for counters and the like, which the host
 * keeps. It must not compute with tensors.
 * @param undo takes the last `run` back, where a replay fails before it would have come to it.
 */
export function everyRun(run: () => void, undo: () => void): void {
  everyReplay(run, undo);
  run();
}

/** @internal Where a step is being captured: runs `run` at every replay, but not now. `undo` as in `everyRun`. */
export function everyReplay(run: () => void, undo: () => void): void {
  context().recorder?.effect(run, undo);
}

/**
 * @internal Runs `body` now, and at no replay: for what a step makes once and keeps, such as an optimiser's state. It must not
 * depend on what the step computes.
 */
export function outsideCapture<T>(body: () => T): T {
  return context().recorder === null ? body() : within('outsideCapture', { recorder: null }, body);
}

/** @internal Whether a step is being captured. */
export function capturing(): boolean {
  return context().recorder !== null;
}

/**
 * @internal While a step is captured: says that the recording holds only as long as `holds` gives true, which is asked before
 * every replay. With `broken`, a recording that no longer holds is an error with that text; without, the step is
 * recorded anew beside it. Counts once for each `subject`.
 */
export function guardCapture(subject: object, holds: () => boolean, broken?: () => string): void {
  context().recorder?.guard(subject, holds, broken);
}

/** @internal While a step is captured: says that something happens in it that a recording cannot repeat. */
export function refuseCapture(what: string): void {
  context().recorder?.refuse(what);
}
