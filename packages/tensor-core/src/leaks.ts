import { aFunction, orNull, requireKind } from './kinds.ts';

/** What the garbage collector found unreachable without its memory having been given back. */
export interface Leak {
  /** `[64, 3, 8, 8] float32 on wasm`. */
  readonly tensor: string;
  /** Stack of the call that made it, where sites are recorded. */
  readonly site: string | undefined;
}

let report: ((leak: Leak) => void) | null = null;

/**
 * Reports every tensor that was made outside all scopes and dropped without `dispose()`, with the place
 * that made it. Recording places costs a stack trace a tensor: for debugging. `null` switches it off.
 * The memory itself is recovered either way, whenever the garbage collector runs.
 */
export function onLeak(handler: ((leak: Leak) => void) | null): void {
  requireKind('onLeak', 'handler', handler, orNull(aFunction));
  report = handler;
}

/** @internal What outlives a watched object, and must not refer to it. */
export interface Remains {
  describe(): string;
  /** Gives its memory back. */
  release(): void;
  /** Where it was made, if places are recorded. */
  site: string | undefined;
}

const registry = new FinalizationRegistry<Remains>((remains) => {
  remains.release();
  report?.({ tensor: remains.describe(), site: remains.site });
});

/** @internal Watches an object that belongs to no scope. */
export function watch(object: object, remains: Remains): void {
  if (report !== null) remains.site = new Error('made here').stack;
  registry.register(object, remains, object);
}

/** @internal */
export function unwatch(object: object): void {
  registry.unregister(object);
}
