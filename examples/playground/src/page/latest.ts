/**
 * Runs `work` whenever it is asked to, but never twice at a time: what was asked for meanwhile runs once, when it is done. `told`
 * hears when it begins, and when nothing more is asked for.
 */
export class Latest {
  readonly #work: () => Promise<void>;
  readonly #told: () => void;
  #running: Promise<void> | null = null;
  #again = false;

  constructor(work: () => Promise<void>, told: () => void = () => {}) {
    this.#work = work;
    this.#told = told;
  }

  get isRunning(): boolean {
    return this.#running !== null;
  }

  ask(): void {
    if (this.#running !== null) {
      this.#again = true;
      return;
    }
    this.#running = this.#work().finally(() => {
      this.#running = null;
      if (!this.#again) {
        this.#told();
        return;
      }
      this.#again = false;
      this.ask();
    });
    this.#told();
  }
}
