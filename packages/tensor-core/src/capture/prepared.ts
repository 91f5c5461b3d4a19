import type { DeviceBuffer, PreparedStep, StepCall, StepGraph } from '../backend.ts';
import { callKernels } from '../execute.ts';
import type { Value } from '../graph/graph.ts';
import type { StepScalar } from '../step-scalar.ts';
import type { Event } from './recording.ts';

/** A step that its backend has taken whole, with the block of step scalars that each run fills. */
export class Prepared {
  readonly #step: PreparedStep;
  readonly #events: readonly (readonly StepScalar[] | (() => void))[];
  readonly #block: DataView<ArrayBuffer>;
  /** Settles once the backend is ready; rejects where it cannot be. */
  readonly ready: Promise<void>;
  #isReady = false;

  constructor(step: PreparedStep, events: readonly Event[]) {
    this.#step = step;
    this.#events = events.map((event) => ('step' in event ? event.step.scalars : event.run));
    const count = events.reduce(
      (sum, event) => sum + ('step' in event ? event.step.scalars.length : 0),
      0,
    );
    this.#block = new DataView(new ArrayBuffer(count * 4));
    this.ready = this.#wait();
    // Whoever waits for it hears of it; until then the step runs kernel by kernel.
    this.ready.catch(() => undefined);
  }

  async #wait(): Promise<void> {
    await this.#step.ready;
    this.#isReady = true;
  }

  /** Whether it may run. */
  get isReady(): boolean {
    return this.#isReady;
  }

  /** Does what the host does in the step, asks for the scalars in order, then runs it. */
  run(inputs: readonly DeviceBuffer[]): readonly DeviceBuffer[] {
    let at = 0;
    for (const event of this.#events) {
      if (typeof event === 'function') {
        event();
        continue;
      }
      for (const scalar of event) {
        if (scalar.dtype === 'float32') this.#block.setFloat32(at, scalar.value(), true);
        else this.#block.setUint32(at, scalar.value(), true);
        at += 4;
      }
    }
    return this.#step.run(inputs, this.#block.buffer);
  }

  dispose(): void {
    this.#step.dispose();
  }
}

/** A recorded step in the form that backends take. */
export function stepGraph(
  events: readonly Event[],
  inputs: readonly Value[],
  outputs: readonly Value[],
): StepGraph {
  const numbers = new Map<Value, number>();
  const values: Value[] = [];
  const numberOf = (value: Value): number => {
    let number = numbers.get(value);
    if (number === undefined) {
      number = values.length;
      values.push(value);
      numbers.set(value, number);
    }
    return number;
  };
  const given = inputs.map(numberOf);
  const calls = events.flatMap((event) => {
    if (!('step' in event)) return [];
    const { operation, attributes, inputs: read, outputs: made, scalars } = event.step;
    return [
      {
        operation: operation.name,
        attributes,
        inputs: read.map((value) => value && numberOf(value)),
        outputs: made.map(numberOf),
        writes: (operation.writes ?? []).filter((position) => read[position]),
        scalars: scalars.map(({ dtype }) => dtype),
        run: (...[kernels, operands, now]: Parameters<StepCall['run']>) =>
          callKernels(kernels, operation, operands, attributes, made, now),
      },
    ];
  });
  return { values, inputs: given, calls, outputs: outputs.map(numberOf) };
}
