import type { Recorder } from './capture/recorder.ts';
import { requireBody, requireSynchronous } from './synchronous.ts';
import type { TraceEvent } from './trace-event.ts';

/** What holds for a stretch of a program, whatever it calls. */
export interface Context {
  /** Whether operations record what `backward` needs. */
  readonly recordsGradients: boolean;
  /** Whether operations infer shapes and compute nothing, whatever device their inputs are on. */
  readonly shapesOnly: boolean;
  /** Whether a `checkpoint` computes again what it has computed before. */
  readonly recomputes: boolean;
  /** Who is told of every operation. */
  readonly listeners: readonly ((event: TraceEvent) => void)[];
  /** Who records the step under way, for `capture`. */
  readonly recorder: Recorder | null;
}

let current: Context = {
  recordsGradients: true,
  shapesOnly: false,
  recomputes: false,
  listeners: [],
  recorder: null,
};

/** What holds now. */
export function context(): Context {
  return current;
}

/**
 * Runs `body` with some of the context changed.
 * @param op names the caller in errors.
 * @throws ArgumentError for what is no function, and for an asynchronous one, for whose later parts the change would
 * not hold.
 */
export function within<T>(op: string, change: Partial<Context>, body: () => T): T {
  requireBody(op, body);
  const before = current;
  current = { ...before, ...change };
  try {
    return requireSynchronous(op, body());
  } finally {
    current = before;
  }
}

/**
 * Runs `body` with every operation inferring shapes and computing nothing, whatever device its inputs are
 * on; results are on the meta device. For summaries of models that live on a device.
 * @throws ArgumentError for an asynchronous body.
 */
export function inferShapes<T>(body: () => T): T {
  return within('inferShapes', { shapesOnly: true }, body);
}
