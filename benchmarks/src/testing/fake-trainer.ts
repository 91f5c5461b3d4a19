import type { CurvePoint, TrainingOutcome } from '../architectures/entries.ts';
import type { PlannedNetwork } from '../architectures/plan.ts';
import type { Trainer, TrainingRequest, TrialOutcome } from '../architectures/trainer.ts';

/** A trainer that computes its results from what it is asked, and whose clock is a number. */
export class FakeTrainer implements Trainer {
  /** Seconds of a core for a sample. */
  readonly secondsPerSample: number;
  /** What it was asked, in order. */
  readonly asked: string[] = [];
  /** Is told before each piece of work; may throw, or stop the run. */
  before: (work: string) => void = () => undefined;

  constructor(secondsPerSample = 0.001) {
    this.secondsPerSample = secondsPerSample;
  }

  samplesOf = (): number => 1000;

  async time(network: PlannedNetwork): Promise<number> {
    this.#begin(`time ${network.member.name}`);
    return this.secondsPerSample;
  }

  async tryRate(network: PlannedNetwork, request: TrainingRequest): Promise<TrialOutcome> {
    this.#begin(`rate ${network.member.name} ${request.rate}`);
    const seconds = this.#secondsOf(request);
    // The best is 0.003.
    const validationAccuracy = 1 / (1 + Math.abs(Math.log(request.rate / 0.003)));
    return { validationAccuracy, validationLoss: 1, seconds, coreSeconds: seconds };
  }

  async train(network: PlannedNetwork, request: TrainingRequest): Promise<TrainingOutcome> {
    this.#begin(`train ${network.member.name} ${request.seed}`);
    const seconds = this.#secondsOf(request);
    const curve = Array.from({ length: request.epochs }, (_, i): CurvePoint => {
      const coreSeconds = (seconds * (i + 1)) / request.epochs;
      const figures = { loss: 1 / (i + 1), validationAccuracy: 0.5, validationLoss: 1 };
      return { epoch: i + 1, ...figures, coreSeconds };
    });
    return {
      accuracy: 0.5 + 0.01 * request.seed,
      testLoss: 1,
      curve,
      seconds,
      coreSeconds: seconds,
      step: { median: 2, min: 1 },
      inference: { median: 0.2, min: 0.1 },
      memoryBytes: 1000,
    };
  }

  #secondsOf({ epochs }: TrainingRequest): number {
    return epochs * this.samplesOf() * this.secondsPerSample;
  }

  #begin(work: string): void {
    this.before(work);
    this.asked.push(work);
  }
}
