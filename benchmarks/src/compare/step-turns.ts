import { Adam } from '@convnet/optim';
import type { Device } from '@convnet/tensor-core';

import { openDevice } from '../devices/open-device.ts';
import { nameOf, rowError } from '../report/failures.ts';
import type { Row, Timing } from '../report/row.ts';
import { timingOfTurns } from '../report/timing.ts';
import { alternate, type Stepper } from '../training/alternate.ts';
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
  /** By what they are about. */
  readonly #networks = new Map<string, TimedNetwork>();

  private constructor(device: Device, parts: readonly Part[]) {
    this.#device = device;
    for (const part of parts) {
      const about = aboutOf(part);
      const subject = subjectOf(about);
      if (!this.#networks.has(subject)) {
        this.#networks.set(subject, new TimedNetwork(nameOf(about), () => stepsOf(part, device)));
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
    return [...this.#networks.values()].flatMap(({ failure }) => failure ?? []);
  }

  /** Lets each take its turns. `onRound`: told of the share that is done. */
  async take(signal: AbortSignal, onRound: (share: number) => void): Promise<void> {
    const taking = [...this.#networks.values()].filter(({ failure }) => failure === null);
    // One that fails while it warms up takes no turns.
    const patience = Number.MAX_VALUE;
    const taken = await alternate(taking, { rounds, turn, patience, signal, onRound });
    for (const [i, network] of taking.entries()) network.turns.push(...taken[i]!);
  }

  /** Of the row's network on its set; null where it took none, or the row failed. */
  timingOf(row: Row): Timing | null {
    const network = this.#networks.get(subjectOf(row));
    if (network === undefined || network.failure !== null || row.error !== undefined) return null;
    return network.turns.length === 0 ? null : timingOfTurns(network.turns);
  }

  dispose(): void {
    for (const network of this.#networks.values()) network.dispose();
    this.#device.dispose();
  }
}

/** Steps of a network until one fails, and the turns that were taken. */
class TimedNetwork implements Stepper {
  readonly turns: (readonly number[])[] = [];
  /** A sentence, where a step failed. */
  failure: string | null = null;
  readonly #name: string;
  readonly #steps: OwnSteps | null;

  constructor(name: string, open: () => OwnSteps) {
    this.#name = name;
    let steps: OwnSteps | null = null;
    try {
      steps = open();
    } catch (error) {
      this.#fail(error);
    }
    this.#steps = steps;
  }

  /** Infinities from a failure on. */
  async steps(count: number): Promise<readonly number[]> {
    try {
      if (this.failure === null) return await this.#steps!.steps(count);
    } catch (error) {
      this.#fail(error);
    }
    return Array.from({ length: count }, () => Number.POSITIVE_INFINITY);
  }

  dispose(): void {
    this.#steps?.dispose();
  }

  #fail(error: unknown): void {
    const { name, message } = rowError(error);
    this.failure = `${this.#name}: its steps could not be timed (${name}: ${message}).`;
  }
}

const aboutOf = ({ network, set: { bench } }: Part): Pick<Row, 'model' | 'dims' | 'dataset'> => ({
  model: networks[network]!.label,
  dims: bench.dims,
  dataset: bench.name,
});

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
