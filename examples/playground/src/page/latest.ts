/**
 * Runs `work` whenever it is asked to, but never twice at a time: what was asked for meanwhile runs once, when it is done.
 */
export class Latest {
  readonly #work: () => Promise<void>;
  #running: Promise<void> | null = null;
  #again = false;

  constructor(work: () => Promise<void>) {
    this.#work = work;
  }

  ask(): void {
    if (this.#running !== null) {
      this.#again = true;
      return;
    }
    this.#running = this.#work().finally(() => {
      this.#running = null;
      if (!this.#again) return;
      this.#again = false;
      this.ask();
    });
  }
}
