import { Adam } from '@convnet/optim';
import type { Device } from '@convnet/tensor-core';

import { openDevice } from '../devices/open-device.ts';
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
const turn = 60;

/**
 * Times of a training step of every network of a run. One at a time computes, so that it does not matter what trains beside it, and
 * all take turns; these are taken before the trainings and again after them, so that also what changes over minutes shows in how
 * well a median is known.
 */
export class StepTurns {
  readonly #device: Device;
  readonly #steps: readonly (readonly [subject: string, OwnSteps])[];
  readonly #turns = new Map<string, Turns>();

  private constructor(device: Device, parts: readonly Part[]) {
    this.#device = device;
    const firsts = new Map(parts.map((part) => [subjectOfPart(part), part]));
    this.#steps = [...firsts].map(([subject, part]) => [subject, stepsOf(part, device)]);
  }

  /** Of networks that can train, each once, whatever seeds there are, on a device as a lane has it. */
  static async open(parts: readonly Part[], options: LaneOptions): Promise<StepTurns> {
    const { device } = await openDevice(options.backend, options);
    try {
      return new StepTurns(device, parts);
    } catch (error) {
      device.dispose();
      throw error;
    }
  }

  /** Lets each take its turns. `onRound`: told of the share that is done. */
  async take(signal: AbortSignal, onRound: (share: number) => void): Promise<void> {
    const steppers = this.#steps.map(([, steps]) => steps);
    const taken = await alternate(steppers, { rounds, turn, signal, onRound });
    for (const [i, [subject]] of this.#steps.entries()) {
      this.#turns.set(subject, [...(this.#turns.get(subject) ?? []), ...taken[i]!]);
    }
  }

  /** Of the row's network on its set; null where it took none. */
  timingOf(row: Row): Timing | null {
    const turns = this.#turns.get(subjectOf(row));
    return turns === undefined ? null : timingOfTurns(turns);
  }

  dispose(): void {
    for (const [, steps] of this.#steps) steps.dispose();
    this.#device.dispose();
  }
}

const subjectOfPart = ({ network, set: { bench } }: Part): string =>
  subjectOf({ model: networks[network]!.label, dims: bench.dims, dataset: bench.name });

/** Steps as the training takes them, on a batch that stays. */
function stepsOf({ network, set, counts, job }: Part, device: Device): OwnSteps {
  if (!('inputShape' in counts)) throw new TypeError(`${network} cannot train: ${counts.message}`);
  const { build, loss } = networks[network]!;
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
      optimizer: (parameters) => new Adam(parameters, { learningRate: maxLearningRate }),
    },
  );
}
