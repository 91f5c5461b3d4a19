import type { DeviceBuffer, PreparedStep, StepCall, StepGraph } from '../backend.ts';
import { callKernels } from '../execute.ts';
import { reversed } from '../lists.ts';
import type { StepScalar } from '../step-scalar.ts';
import { isOperation, type HostStep, type Sequence, type Step, type Value } from './graph.ts';

/** A sequence that its backend has taken whole, with the block of step scalars that each run fills. */
export class Prepared {
  readonly #step: PreparedStep;
  readonly #steps: readonly (readonly StepScalar[] | HostStep)[];
  readonly #block: DataView<ArrayBuffer>;
  /** Settles once the backend is ready; rejects where it cannot be. */
  readonly ready: Promise<void>;
  #isReady = false;

  constructor(step: PreparedStep, steps: readonly Step[]) {
    this.#step = step;
    this.#steps = steps.map((each) => (isOperation(each) ? each.scalars : each));
    const count = steps.reduce(
      (sum, each) => sum + (isOperation(each) ? each.scalars.length : 0),
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

  /**
   * Does what the host does in the step, asks for the scalars in order, then runs it. Where that fails, what the host
   * does behind the operation that failed is taken back: it would not have come to it.
   */
  run(inputs: readonly DeviceBuffer[]): readonly DeviceBuffer[] {
    const done: { readonly undo: () => void; readonly callsBefore: number }[] = [];
    let isPassedOn = false;
    try {
      let at = 0;
      let calls = 0;
      for (const step of this.#steps) {
        if ('host' in step) {
          step.host();
          if (step.undo !== undefined) done.push({ undo: step.undo, callsBefore: calls });
          continue;
        }
        for (const scalar of step) {
          if (scalar.dtype === 'float32') this.#block.setFloat32(at, scalar.value(), true);
          else this.#block.setUint32(at, scalar.value(), true);
          at += 4;
        }
        calls++;
      }
      isPassedOn = true;
      return this.#step.run(inputs, this.#block.buffer);
    } catch (error) {
      const carriedOut = isPassedOn ? (this.#step.carriedOut ?? 0) : 0;
      for (const { undo, callsBefore } of reversed(done)) if (callsBefore > carriedOut) undo();
      throw error;
    }
  }

  dispose(): void {
    this.#step.dispose();
  }
}

/** A sequence in the form that backends take: `inputs` are all values from outside, of which `reused` are weights. */
export function stepGraph(
  { steps }: Pick<Sequence, 'steps'>,
  inputs: readonly Value[],
  outputs: readonly Value[],
  reused: readonly Value[] = [],
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
  const calls = steps.filter(isOperation).map((step) => {
    const { operation, attributes, inputs: read, outputs: made, scalars } = step;
    return {
      operation: operation.name,
      attributes,
      inputs: read.map((value) => value && numberOf(value)),
      outputs: made.map(numberOf),
      writes: (operation.writes ?? []).filter((position) => read[position]),
      scalars: scalars.map(({ dtype }) => dtype),
      run: (...[kernels, operands, now]: Parameters<StepCall['run']>) =>
        callKernels(kernels, operation, operands, attributes, made, now),
    };
  });
  return {
    values,
    inputs: given,
    reused: reused.map(numberOf),
    calls,
    outputs: outputs.map(numberOf),
  };
}
