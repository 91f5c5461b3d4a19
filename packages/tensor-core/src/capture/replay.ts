import { fuse } from '../graph/fusion/fuse.ts';
import { isOperation, type Sequence, type Step, type Value } from '../graph/graph.ts';
import { Runner } from '../graph/runner.ts';
import type { Tensor } from '../tensor.ts';
import { leafAmong, type Leaf, type Recorded } from './recording.ts';

/** A recorded step that runs again, with what it leaves at leaves. */
export class Replay {
  readonly #recorded: Recorded;
  readonly #runner: Runner;
  /** Those of the run under way. */
  #inputs: readonly Tensor[] = [];
  /** The step as it runs, and what it returns. */
  readonly sequence: Sequence;

  /**
   * @param results the values that the step returns.
   * @param fuses whether operations are fused.
   */
  constructor(recorded: Recorded, results: readonly Value[], fuses: boolean) {
    const { device, inputs, left, gradients, constants } = recorded;
    this.#recorded = recorded;
    const outputs = [...results, ...left.map(([, value]) => value)];
    const plain: Sequence = { inputs, steps: this.#clearedFirst(), outputs };
    const planned = fuses && !device.isMeta ? fuse(plain, device.backend.fuses ?? []) : plain;
    this.#runner = new Runner(device, planned, [
      ...inputs,
      ...[...gradients, ...constants].map(([, value]) => value),
    ]);
    this.sequence = { ...planned, outputs: results };
  }

  /** Settles once the backend is ready. */
  get ready(): Promise<void> {
    return this.#runner.ready;
  }

  /** Gives back what the backend holds. */
  dispose(): void {
    this.#runner.dispose();
  }

  /** Runs the step. The results are new tensors in the innermost scope. */
  run(inputs: readonly Tensor[]): Tensor[] {
    const { gradients, constants, left } = this.#recorded;
    const given = [...inputs];
    for (const [leaf] of gradients) given.push(leafAmong(inputs, leaf).grad!);
    for (const [tensor] of constants) given.push(tensor);
    this.#inputs = inputs;
    let outputs: Tensor[];
    try {
      outputs = this.#runner.run(given);
    } finally {
      this.#inputs = [];
    }
    const results = outputs.splice(0, outputs.length - left.length);
    left.forEach(([leaf], i) => {
      leafAmong(inputs, leaf).takeGrad(outputs[i]!);
    });
    return results;
  }

  /** The steps, with gradients that nobody reads taken away at once, so that their memory serves the step. */
  #clearedFirst(): readonly Step[] {
    const { steps, gradients } = this.#recorded;
    const first: Step[] = [];
    const rest: Step[] = [];
    for (const step of steps) {
      if (isOperation(step) || step.clears === undefined) {
        rest.push(step);
        continue;
      }
      const { clears } = step;
      const isRead = gradients.some(([leaf]) => isSame(leaf, clears));
      const host = (): void => leafAmong(this.#inputs, clears).clearGrad();
      (isRead ? rest : first).push({ host, clears });
    }
    return [...first, ...rest];
  }
}

function isSame(a: Leaf, b: Leaf): boolean {
  return 'input' in a ? 'input' in b && a.input === b.input : a === b;
}
