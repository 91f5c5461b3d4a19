import { exitCodes, InterruptedError } from './errors.ts';
import type { Sink } from './sink.ts';

/** What is said where nothing is kept of the work. */
const nothingKept = 'no result was written';

/**
 * What Ctrl-C and SIGTERM do to a command. At the first it ends at once, and says what there is of its work: files are written whole or
 * not at all, so that nothing is lost by not waiting. Only where something is to be saved, in `saving`, the first asks for an end,
 * and the second does not wait.
 */
export class Interruption {
  /** Rejects with an `InterruptedError` when the command is to end at once. */
  readonly ended: Promise<never>;
  /** Where news of the work go. */
  readonly #news: Sink;
  readonly #end: (error: InterruptedError) => void;
  #words: () => string = () => nothingKept;
  #saving: AbortController | null = null;
  #exitCode: number = exitCodes.interrupted;

  constructor(news: Sink) {
    this.#news = news;
    const { promise, reject } = withReject();
    this.ended = promise;
    this.#end = reject;
    // Who does not wait for it is not to be told of it.
    promise.catch(() => undefined);
    process.on('SIGINT', this.#onSignal);
    process.on('SIGTERM', this.#onSignal);
  }

  /** Says what there is of the work from now on: what follows `interrupted; `. */
  leaves(words: string | (() => string)): void {
    this.#words = typeof words === 'string' ? () => words : words;
  }

  /**
   * Runs what can end between two steps, once it is saved.
   * @param ending.asked says what follows `interrupted; ` where it has done so; it ends with the reason of the signal.
   * @param ending.atOnce as `leaves`, where it is not waited for.
   * @throws InterruptedError after a signal, also where the work came to its end meanwhile: then with what `leaves` says behind it.
   */
  async saving<T>(
    ending: { readonly asked: () => string; readonly atOnce: string; readonly finished: string },
    work: (signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    const controller = new AbortController();
    const { signal } = controller;
    this.#saving = controller;
    this.leaves(ending.atOnce);
    let result: T;
    try {
      result = await work(signal);
    } catch (error) {
      if (!signal.aborted || error !== signal.reason) throw error;
      throw this.#interrupted(ending.asked());
    } finally {
      this.#saving = null;
    }
    this.leaves(ending.finished);
    if (signal.aborted) throw this.#interrupted(ending.finished);
    return result;
  }

  release(): void {
    process.off('SIGINT', this.#onSignal);
    process.off('SIGTERM', this.#onSignal);
  }

  readonly #onSignal = (name: NodeJS.Signals): void => {
    this.#exitCode = name === 'SIGTERM' ? exitCodes.terminated : exitCodes.interrupted;
    // Behind the ^C of a terminal, or a line that is rewritten again and again.
    if (this.#news.isTTY === true) this.#news.write('\n');
    if (this.#saving?.signal.aborted === false) {
      this.#news.write('finishes the step, saves and ends (again: ends at once)\n');
      this.#saving.abort();
    } else {
      this.#end(this.#interrupted(this.#words()));
    }
  };

  #interrupted(words: string): InterruptedError {
    return new InterruptedError(`interrupted; ${words}`, this.#exitCode);
  }
}

/** A promise that never resolves, and what rejects it. */
function withReject(): { promise: Promise<never>; reject: (error: Error) => void } {
  let reject: (error: Error) => void = () => undefined;
  const promise = new Promise<never>((_, fail) => {
    reject = fail;
  });
  return { promise, reject };
}
