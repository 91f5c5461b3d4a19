import { compile, type CompiledModel } from '@convnet/layers';
import { openScope, randn, type Device, type Tensor } from '@convnet/tensor-core';
import type { Classifier } from '@convnet/train';

import type { Timing } from '../report/row.ts';
import { timingOfTurns } from '../report/timing.ts';
import type { SetEntry } from './entries.ts';
import type { PlannedNetwork } from './plan.ts';

/** A compiled network runs this often at least, and for this long, after some runs that do not count. */
const leastRuns = 30;
const milliseconds = 500;
const warmUpRuns = 5;

/** Runs and time of a turn, of which the networks take several. */
const runsInTurn = 3;
const millisecondsInTurn = 60;

/** A network compiled for one sample, and the times that it took. */
export class TimedNetwork {
  readonly #compiled: CompiledModel;
  readonly #x: Tensor;
  readonly #turns: number[][] = [];

  constructor(model: Classifier, sampleShape: readonly number[], device: Device) {
    const inputShape = [1, ...sampleShape];
    model.eval();
    this.#compiled = compile(model, inputShape);
    this.#x = randn(inputShape, { device });
  }

  /** A turn: from the sample to its outputs on the host, `runs` times at least and for `limit` milliseconds. */
  async run(runs: number, limit: number, counts = true): Promise<void> {
    const times: number[] = [];
    const end = performance.now() + limit;
    for (let run = 0; run < runs || performance.now() < end; run++) {
      const start = performance.now();
      {
        using _ = openScope();
        await this.#compiled.forward(this.#x).data();
      }
      times.push(performance.now() - start);
    }
    if (counts) this.#turns.push(times);
  }

  timing(): Timing {
    return timingOfTurns(this.#turns);
  }

  dispose(): void {
    this.#compiled.dispose();
    this.#x.dispose();
  }
}

/** Milliseconds of the compiled network for one sample of that shape. */
export async function timeInference(
  model: Classifier,
  sampleShape: readonly number[],
  device: Device,
): Promise<Timing> {
  const timed = new TimedNetwork(model, sampleShape, device);
  try {
    await timed.run(warmUpRuns, 0, false);
    await timed.run(leastRuns, milliseconds);
    return timed.timing();
  } finally {
    timed.dispose();
  }
}

/** Turns that each network takes. */
export const rounds = 24;

/**
 * Milliseconds for one sample of networks of first values, in their order: weights change no time. All take turns, so that a
 * change in the machine's speed meets all of them. Each turn begins with a run that does not count, for what the others left
 * in the caches.
 */
export async function timeAgain(
  networks: readonly PlannedNetwork[],
  sets: readonly SetEntry[],
  device: Device,
  signal: AbortSignal,
  onRound: (round: number) => void,
): Promise<Timing[]> {
  const timed: TimedNetwork[] = [];
  try {
    for (const network of networks) {
      signal.throwIfAborted();
      const { numClasses } = sets.find(({ set }) => set === network.set.name)!;
      timed.push(await timedNetwork(network, numClasses, device));
      await timed.at(-1)!.run(warmUpRuns, 0, false);
    }
    for (let round = 0; round < rounds; round++) {
      onRound(round);
      for (const network of timed) {
        signal.throwIfAborted();
        await network.run(1, 0, false);
        await network.run(runsInTurn, millisecondsInTurn);
      }
    }
    return timed.map((network) => network.timing());
  } finally {
    for (const network of timed) network.dispose();
  }
}

async function timedNetwork(
  { set: { dims, stem }, member, counts }: PlannedNetwork,
  numClasses: number,
  device: Device,
): Promise<TimedNetwork> {
  if (!('inputShape' in counts)) throw new Error(`${member.label}: ${counts.message}`);
  const { inputShape } = counts;
  const [inChannels, ...inputSize] = inputShape;
  const model = member.build({ dims, stem, inChannels: inChannels!, inputSize, numClasses });
  return new TimedNetwork(await model.to(device), inputShape, device);
}
