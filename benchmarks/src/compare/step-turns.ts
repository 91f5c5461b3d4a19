import { Adam } from '@convnet/optim';
import type { Device } from '@convnet/tensor-core';

import { openDevice } from '../devices/open-device.ts';
import { nameOf, rowError } from '../report/failures.ts';
import type { Row, Timing } from '../report/row.ts';
import { timingOfTurns, type Turns } from '../report/timing.ts';
import { alternate } from '../training/alternate.ts';
import { OwnSteps } from '../training/own-steps.ts';
import type { LaneOptions } from './lane-messages.ts';
import { networks } from './networks.ts';
import { subjectOf } from './subject.ts';
import type { Part } from './workload.ts';

/** Turns of each network that are taken at a time, and how long one is in milliseconds. */
const rounds = 5;
const turn = 40;

/**
 * Times of a training step of every network of a run. One at a time computes, so that it does not matter what trains beside it, and
 * all take turns; these are taken before the trainings and again after them, so that also what changes over minutes shows in how
 * well a median is known. A network whose steps fail has no times, and the others go on.
 */
export class StepTurns {
  readonly #device: Device;
  readonly #steps = new Map<string, OwnSteps>();
  readonly #turns = new Map<string, Turns>();
  readonly #failures = new Map<string, string>();

  private constructor(device: Device, parts: readonly Part[]) {
    this.#device = device;
    for (const part of parts) {
      const subject = subjectOfPart(part);
      if (this.#steps.has(subject) || this.#failures.has(subject)) continue;
      try {
        this.#steps.set(subject, stepsOf(part, device));
      } catch (error) {
        this.#fail(subject, error);
      }
    }
  }

  /** Of networks that can train, each once, whatever seeds there are, on a device as a lane has it. */
  static async open(parts: readonly Part[], options: LaneOptions): Promise<StepTurns> {
    const { device } = await openDevice(options.backend, options);
    return new StepTurns(device, parts);
  }

  /** A sentence for each network whose steps failed. */
  get failures(): readonly string[] {
    return [...this.#failures.values()];
  }

  /** Lets each take its turns. `onRound`: told of the share that is done. */
  async take(signal: AbortSignal, onRound: (share: number) => void): Promise<void> {
    const taking = [...this.#steps];
    const steppers = taking.map(([subject, steps]) => ({
      steps: async (count: number): Promise<readonly number[]> => {
        try {
          if (!this.#failures.has(subject)) return await steps.steps(count);
        } catch (error) {
          this.#fail(subject, error);
        }
        return Array.from({ length: count }, () => Number.POSITIVE_INFINITY);
      },
    }));
    // One that has failed takes no turns.
    const patience = Number.MAX_VALUE;
    const taken = await alternate(steppers, { rounds, turn, patience, signal, onRound });
    for (const [i, [subject]] of taking.entries()) {
      this.#turns.set(subject, [...(this.#turns.get(subject) ?? []), ...taken[i]!]);
    }
  }

  /** Of the row's network on its set; null where it took none, or the row failed. */
  timingOf(row: Row): Timing | null {
    const subject = subjectOf(row);
    const turns = this.#turns.get(subject);
    if (turns === undefined || row.error !== undefined || this.#failures.has(subject)) return null;
    return timingOfTurns(turns);
  }

  dispose(): void {
    for (const steps of this.#steps.values()) steps.dispose();
    this.#device.dispose();
  }

  #fail(subject: string, error: unknown): void {
    const [model, dims, dataset] = JSON.parse(subject) as [string, number, string];
    const { name, message } = rowError(error);
    this.#failures.set(
      subject,
      `${nameOf({ model, dims, dataset })}: its steps could not be timed (${name}: ${message}).`,
    );
  }
}

const subjectOfPart = ({ network, set: { bench } }: Part): string =>
  subjectOf({ model: networks[network]!.label, dims: bench.dims, dataset: bench.name });

/** Steps as the training takes them, on a batch that stays. */
function stepsOf({ network, set, counts, job }: Part, device: Device): OwnSteps {
  if (!('inputShape' in counts)) throw new TypeError(`${network} cannot train: ${counts.message}`);
  const { build, loss, rateFactor = 1 } = networks[network]!;
  const { dims, batchSize, maxLearningRate } = set.bench;
  const { inputShape } = counts;
  const [inChannels, ...inputSize] = inputShape;
  const { numClasses } = set;
  return new OwnSteps(
    { batch: Math.min(batchSize, job.trainSamples), inputShape, numClasses },
    device,
    (on) => build({ dims, inChannels: inChannels!, inputSize, numClasses, device: on }),
    {
      ...(loss === undefined ? {} : { loss }),
      optimizer: (parameters) =>
        new Adam(parameters, { learningRate: rateFactor * maxLearningRate }),
    },
  );
}
