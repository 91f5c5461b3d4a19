/** What a pickle may take, whatever its length: bytes. */
const allowance = 32 * 2 ** 20;

/**
 * Counts the memory that the objects of a pickle take, roughly, and ends when that is more than its length explains: an
 * operation of one byte makes an empty dictionary of two hundred.
 */
export class Budget {
  #left: number;
  readonly #fail: (message: string) => Error;

  constructor(bytes: number, fail: (message: string) => Error) {
    this.#left = allowance + 2 * bytes;
    this.#fail = fail;
  }

  take(bytes: number): void {
    this.#left -= bytes;
    if (this.#left < 0) {
      throw this.#fail('the pickle makes more objects than its length explains');
    }
  }
}
