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
  report = handler;
}

interface Held {
  readonly describe: () => string;
  readonly site: string | undefined;
  readonly release: () => void;
}

const registry = new FinalizationRegistry<Held>((held) => {
  held.release();
  report?.({ tensor: held.describe(), site: held.site });
});

/** @internal Watches an object that belongs to no scope; `describe` and `release` must not refer to it. */
export function watch(object: object, describe: () => string, release: () => void): void {
  const site = report === null ? undefined : new Error('made here').stack;
  registry.register(object, { describe, site, release }, object);
}

/** @internal */
export function unwatch(object: object): void {
  registry.unregister(object);
}
