import { ArgumentError } from './errors.ts';
import { formatValue } from './format-value.ts';
import { isThenable, requireBody } from './synchronous.ts';

/**
 * Something that belongs to a scope: it is given back when the scope ends, unless it has been moved on
 * or given back before.
 */
export abstract class Scoped {
  #scope: Scope | null = null;
  // The members of a scope are a chain, as every operation makes some and gives them back.
  #before: Scoped | null = null;
  #behind: Scoped | null = null;

  constructor() {
    if (innermost !== null) this.#enter(innermost);
  }

  /** @internal The scope it belongs to, or null if it lasts until `dispose()`. */
  get scope(): Scope | null {
    return this.#scope;
  }

  /** @internal Moves to another scope, or to none. */
  moveTo(scope: Scope | null): void {
    if (this.#scope !== null) this.#leave(this.#scope);
    if (scope !== null) this.#enter(scope);
  }

  #enter(scope: Scope): void {
    this.#scope = scope;
    this.#before = scope.last;
    if (scope.last === null) scope.first = this;
    else scope.last.#behind = this;
    scope.last = this;
  }

  #leave(scope: Scope): void {
    const before = this.#before;
    const behind = this.#behind;
    if (before === null) scope.first = behind;
    else before.#behind = behind;
    if (behind === null) scope.last = before;
    else behind.#before = before;
    this.#scope = null;
    this.#before = null;
    this.#behind = null;
  }

  /** Gives its memory back. */
  abstract dispose(): void;
}

let innermost: Scope | null = null;

function setInnermost(scope: Scope): void {
  innermost = scope;
}

/**
 * A stretch of a program whose tensors are given back when it ends. A tensor belongs to the innermost
 * scope open when it is made; autograd keeps what it still needs until `backward`.
 */
export class Scope {
  /** @internal Ends of the chain of members, in the order in which they came. */
  first: Scoped | null = null;
  /** @internal */
  last: Scoped | null = null;
  #outer: Scope | null = innermost;
  #open = true;
  /** Whether what is made now may belong to it. */
  #entered = true;

  /** @internal Whether this scope is `other` or was opened in it. */
  isWithin(other: Scope): boolean {
    return this === other || (this.#outer?.isWithin(other) ?? false);
  }

  /** Moves tensors out of this scope into the next open one around it, if there is one. */
  escape(value: unknown): void {
    if (value instanceof Scoped) this.#letOut(value);
    else for (const item of scopedIn(value)) this.#letOut(item);
  }

  #letOut(item: Scoped): void {
    if (item.scope === this) item.moveTo(this.#openOuter());
  }

  /** Ends the scope: gives back every tensor still in it. Ending it again does nothing. */
  close(): void {
    if (!this.#open) return;
    this.#open = false;
    if (innermost === this) innermost = this.#enteredOuter();
    for (let item = this.first; item !== null; item = this.first) {
      item.dispose();
      if (item === this.first) item.moveTo(null);
    }
  }

  /** Disposes of what it owns. */
  [Symbol.dispose](): void {
    this.close();
  }

  /** @internal What is made from now on belongs to it, as when it was opened. */
  enter(): void {
    if (this.#entered) return;
    this.#entered = true;
    this.#outer = innermost;
    setInnermost(this);
  }

  /** @internal What is made from now on belongs to the scope around it; what it has stays its own. */
  leave(): void {
    this.#entered = false;
    if (innermost === this) innermost = this.#enteredOuter();
  }

  #enteredOuter(): Scope | null {
    let outer = this.#openOuter();
    while (outer !== null && !outer.#entered) outer = outer.#openOuter();
    return outer;
  }

  /** Scopes of interleaved asynchronous code may end out of order; ended ones are passed over. */
  #openOuter(): Scope | null {
    while (this.#outer !== null && !this.#outer.#open) this.#outer = this.#outer.#outer;
    return this.#outer;
  }
}

/** Opens a scope that lasts until it is closed: `using step = openScope();` */
export function openScope(): Scope {
  const opened = new Scope();
  innermost = opened;
  return opened;
}

/**
 * Runs `body` and gives back every tensor made in it, except those in its result (tensors in arrays,
 * maps and plain objects are found) and those that were `keep`-ed. A promise is awaited before the
 * scope ends.
 */
export function scope<T>(body: () => T): T {
  requireBody('scope', body);
  const opened = openScope();
  let result: T;
  try {
    result = body();
  } catch (error) {
    opened.close();
    throw error;
  }
  if (isThenable(result)) {
    return Promise.resolve(result)
      .then((value: unknown) => {
        opened.escape(value);
        return value;
      })
      .finally(() => opened.close()) as T;
  }
  opened.escape(result);
  opened.close();
  return result;
}

/**
 * Gives a tensor back now if the innermost scope would give it back at its end; others, such as inputs
 * and kept tensors, stay.
 */
export function discard(item: Scoped): void {
  if (!((item as unknown) instanceof Scoped)) {
    throw new ArgumentError(`discard: expected a tensor, got ${formatValue(item)}`);
  }
  if (innermost !== null && item.scope === innermost) item.dispose();
}

/** Makes tensors outlive every scope; they then last until `dispose()`. Returns its argument. */
export function keep<T>(value: T): T {
  for (const item of scopedIn(value)) item.moveTo(null);
  return value;
}

/** Puts tensors into the innermost open scope, kept ones too; outside all scopes they stay kept. */
export function adopt<T>(value: T): T {
  for (const item of scopedIn(value)) item.moveTo(innermost);
  return value;
}

/** @internal The tensors in arrays, maps and plain objects. */
export function* scopedIn(value: unknown): Generator<Scoped> {
  if (value instanceof Scoped) {
    yield value;
  } else if (Array.isArray(value)) {
    for (const item of value) yield* scopedIn(item);
  } else if (value instanceof Map) {
    for (const item of value.values()) yield* scopedIn(item);
  } else if (typeof value === 'object' && value !== null && isPlain(value)) {
    for (const item of Object.values(value)) yield* scopedIn(item);
  }
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
