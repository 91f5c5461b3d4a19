import type { DeviceBuffer, Kernels, Operand, TensorSpec } from './backend.ts';
import type { Tensor } from './tensor.ts';

/** What a gradient rule is given. */
export interface GradientContext<A> {
  /** Gradients of the outputs, null for an output that nothing was computed from. */
  readonly gradients: readonly (Tensor | null)[];
  /** The saved inputs; null where not saved or absent. */
  readonly inputs: readonly (Tensor | null)[];
  /** The saved outputs. */
  readonly outputs: readonly (Tensor | null)[];
  readonly inputShapes: readonly (readonly number[])[];
  /** Which inputs a gradient is wanted for. */
  readonly needs: readonly boolean[];
  readonly attributes: A;
}

/** Which tensors a gradient rule reads, by position. */
export interface Saves {
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
}

/** Work done by one application. 1 MAC (multiply and add) is 2 FLOPs. */
export interface Cost {
  readonly macs: number;
  readonly flops: number;
}

/**
 * Everything that is known of an operation, in one place: shape rule, kernel call, gradient, cost. Attributes stay as
 * the user meant them; `run` lowers them to what kernels take.
 */
export interface Operation<A> {
  readonly name: string;
  /** Specs of the outputs. @throws ShapeError, DTypeError, ArgumentError. */
  infer(inputs: readonly (Tensor | null)[], attributes: A): readonly TensorSpec[];
  /**
   * Calls the kernels. Inputs are on one device and live; `out` are the inferred specs and `scalars` the values of the
   * step scalars. Only `execute` and graphs call it.
   */
  run(
    kernels: Kernels,
    inputs: readonly (Operand | null)[],
    attributes: A,
    out: readonly TensorSpec[],
    scalars: readonly number[],
  ): readonly DeviceBuffer[];
  /** What the gradient rule reads, where gradients are wanted for the inputs in `needs`. Absent: nothing. */
  saves?(attributes: A, needs: readonly boolean[]): Saves;
  /** Gradients of the inputs. Absent: nothing flows back. */
  gradient?(context: GradientContext<A>): readonly (Tensor | null)[];
  /** What one application costs. */
  cost(inputs: readonly (Tensor | null)[], outputs: readonly Tensor[], attributes: A): Cost;
  /** Positions of the inputs that it writes in place. */
  readonly writes?: readonly number[];
  /** Whether its output may share memory with its first input. */
  readonly aliases?: boolean;
  /** Whether it moves or converts elements and computes nothing, so that it takes float16 too. */
  readonly movesOnly?: boolean;
}

/** Nothing saved. */
export const savesNothing: Saves = { inputs: [], outputs: [] };

/** Each of two factors is needed for the gradient of the other. */
export function savesOtherFactors(_: unknown, needs: readonly boolean[]): Saves {
  return { inputs: [0, 1].filter((i) => needs[1 - i]), outputs: [] };
}

/** The cost of moving data. */
export const free: Cost = { macs: 0, flops: 0 };

/** `perElement` floating point operations for each element of the first output. */
export function elementwiseCost(outputs: readonly Tensor[], perElement = 1): Cost {
  return { macs: 0, flops: (outputs[0]?.size ?? 0) * perElement };
}
