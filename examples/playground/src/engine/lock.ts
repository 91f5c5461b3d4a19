/** Gives what it is called with back; calling it twice does nothing. */
export type Release = () => void;

/**
 * Lets in one at a time, in the order in which they came: training, which lets go between two steps, and what is asked of
 * the network meanwhile.
 */
export class Lock {
  #last: Promise<void> = Promise.resolve();

  /** Waits until it is free. */
  async acquire(): Promise<Release> {
    const { promise, resolve } = withResolvers();
    const before = this.#last;
    this.#last = promise;
    await before;
    return resolve;
  }

  /** Runs `body` alone. */
  async run<T>(body: () => T | Promise<T>): Promise<T> {
    const release = await this.acquire();
    try {
      return await body();
    } finally {
      release();
    }
  }
}

/** A door that somebody waits at while it is shut. */
export class Gate {
  #shut: { promise: Promise<void>; resolve: () => void } | null = null;

  get isOpen(): boolean {
    return this.#shut === null;
  }

  shut(): void {
    this.#shut ??= withResolvers();
  }

  open(): void {
    this.#shut?.resolve();
    this.#shut = null;
  }

  /** Resolves when it is open. */
  async passed(): Promise<void> {
    await this.#shut?.promise;
  }
}

// `Promise.withResolvers` is of 2024.
function withResolvers(): { promise: Promise<void>; resolve: () => void } {
  let resolve: () => void = () => undefined;
  const promise = new Promise<void>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}

/** Lets messages in that have come. Not by a timer, of which browsers make four milliseconds. */
export function messagesIn(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.addEventListener('message', () => {
      port1.close();
      resolve();
    });
    port1.start();
    port2.postMessage(null);
  });
}
