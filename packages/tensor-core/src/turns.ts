import { openScope, type Scope } from './scope.ts';

/**
 * @internal What `make` makes of each item, one for each turn of a `for await`. A turn owns what `make` made and what the body of
 * the loop makes before its first `await`; they are given back when the next item is asked for or the loop ends. What is
 * made behind an `await` belongs to the scope that is opened there, and other code that runs meanwhile keeps its own.
 */
export function inTurns<Item, T>(
  items: AsyncIterator<Item>,
  make: (item: Item) => T,
): AsyncIterableIterator<T> {
  return new Turns(items, make);
}

class Turns<Item, T> implements AsyncIterableIterator<T> {
  readonly #items: AsyncIterator<Item>;
  readonly #make: (item: Item) => T;
  #turn: Scope | null = null;

  constructor(items: AsyncIterator<Item>, make: (item: Item) => T) {
    this.#items = items;
    this.#make = make;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<IteratorResult<T>> {
    this.#end();
    return new Promise((resolve, reject) => {
      this.#take(resolve).catch(reject);
    });
  }

  async #take(resolve: (result: IteratorResult<T>) => void): Promise<void> {
    const found = await this.#items.next();
    if (found.done === true) resolve({ done: true, value: undefined });
    else this.#begin(found.value, resolve);
  }

  #begin(item: Item, resolve: (result: IteratorResult<T>) => void): void {
    this.#end();
    const turn = openScope();
    this.#turn = turn;
    let value: T;
    try {
      value = this.#make(item);
    } catch (error) {
      this.#end();
      // Nobody asks for more behind an error.
      void this.#items.return?.();
      throw error;
    } finally {
      turn.leave();
    }
    // One job behind the other: between them stands the body of the loop, up to its first await.
    queueMicrotask(() => this.#turn === turn && turn.enter());
    resolve({ done: false, value });
    queueMicrotask(() => turn.leave());
  }

  #end(): void {
    this.#turn?.close();
    this.#turn = null;
  }

  async return(): Promise<IteratorResult<T>> {
    this.#end();
    await this.#items.return?.();
    return { done: true, value: undefined };
  }
}
