import type { StepGraph } from '../backend.ts';

/**
 * Where the step scalars of each call stand in the blocks that runs of a step are given.
 * @internal
 */
export class ScalarBlock {
  readonly #calls: StepGraph['calls'];
  /** For each call, the place of its first one. */
  readonly #starts: readonly number[];

  constructor({ calls }: Pick<StepGraph, 'calls'>) {
    this.#calls = calls;
    let count = 0;
    this.#starts = calls.map(({ scalars }) => {
      count += scalars.length;
      return count - scalars.length;
    });
  }

  /** Those of a call. */
  valuesOf(call: number, block: DataView): number[] {
    const first = this.#starts[call]!;
    return this.#calls[call]!.scalars.map((dtype, k) => {
      const at = (first + k) * 4;
      return dtype === 'float32' ? block.getFloat32(at, true) : block.getUint32(at, true);
    });
  }

  /** Whether those of a call, as words, are the same in both blocks. */
  areSame(call: number, a: ArrayLike<number>, b: ArrayLike<number>): boolean {
    const first = this.#starts[call]!;
    const end = first + this.#calls[call]!.scalars.length;
    for (let i = first; i < end; i++) if (a[i] !== b[i]) return false;
    return true;
  }
}
