/** How far a run has come. */
export class Position {
  /** The present epoch, from 1. */
  epoch = 1;
  /** Steps done in it. */
  step = 0;
  /** Batches that these steps have seen. */
  batch = 0;
  /** What the batches called the present epoch; undefined where they do not number them. */
  loaderEpoch: number | undefined;
  /** Steps of all epochs. */
  totalSteps = 0;
  /** Samples of all epochs, each as often as it was seen. */
  samples = 0;
  /** Samples of the present epoch. */
  epochSamples = 0;
  /** What the last test took. */
  testSeconds = 0;
  #secondsBefore = 0;
  #epochSecondsBefore = 0;
  #start = 0;
  #epochStart = 0;

  startClock(): void {
    this.#start = performance.now();
  }

  startEpoch(loaderEpoch: number | undefined): void {
    this.loaderEpoch = loaderEpoch;
    this.#epochStart = performance.now();
  }

  addSamples(count: number): void {
    this.samples += count;
    this.epochSamples += count;
  }

  /** A step was done, with the batches up to `batch`. */
  addStep(batch: number): void {
    this.step++;
    this.totalSteps++;
    this.batch = batch;
  }

  nextEpoch(): void {
    this.epoch++;
    this.step = 0;
    this.batch = 0;
    this.epochSamples = 0;
    this.#epochSecondsBefore = 0;
  }

  /** Seconds of the whole run. */
  get seconds(): number {
    return this.#secondsBefore + (performance.now() - this.#start) / 1000;
  }

  /** Seconds of the present epoch. */
  get epochSeconds(): number {
    return this.#epochSecondsBefore + (performance.now() - this.#epochStart) / 1000;
  }

  /** Goes on from where another one was. */
  load(state: Readonly<Record<string, number>>): void {
    const { seconds = 0, epochSeconds = 0, ...counts } = state;
    Object.assign(this, counts);
    this.#secondsBefore = seconds;
    this.#epochSecondsBefore = epochSeconds;
  }

  /** As numbers, to go on from. */
  stateDict(): Record<string, number> {
    const { epoch, step, batch, totalSteps, samples, epochSamples, testSeconds } = this;
    return {
      epoch,
      step,
      batch,
      totalSteps,
      samples,
      epochSamples,
      testSeconds,
      seconds: this.seconds,
      epochSeconds: step === 0 ? 0 : this.epochSeconds,
    };
  }
}
