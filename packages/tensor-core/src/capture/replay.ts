import { fuse } from '../graph/fusion/fuse.ts';
import { isOperation, type Sequence, type Step, type Value } from '../graph/graph.ts';
import { Runner } from '../graph/runner.ts';
import type { Tensor } from '../tensor.ts';
import type { Recorded } from './recording.ts';

/** A recorded step that runs again, with what it leaves at leaves. */
export class Replay {
  readonly #recorded: Recorded;
  readonly #runner: Runner;
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
    const plain: Sequence = { inputs, steps: clearedFirst(recorded), outputs };
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
    const outputs = this.#runner.run([
      ...inputs,
      ...gradients.map(([leaf]) => leaf.grad!),
      ...constants.map(([tensor]) => tensor),
    ]);
    const results = outputs.splice(0, outputs.length - left.length);
    left.forEach(([leaf], i) => {
      leaf.takeGrad(outputs[i]!);
    });
    return results;
  }
}

/** The steps, with gradients that nobody reads taken away at once, so that their memory serves the step. */
function clearedFirst({ steps, gradients }: Recorded): readonly Step[] {
  const read = new Set(gradients.map(([leaf]) => leaf));
  const isEarly = (step: Step): boolean =>
    !isOperation(step) && step.clears !== undefined && !read.has(step.clears);
  return [...steps.filter(isEarly), ...steps.filter((step) => !isEarly(step))];
}
