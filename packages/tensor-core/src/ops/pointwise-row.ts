import type { Bounds } from '../backend.ts';
import type { Tensor } from '../tensor.ts';
import { filled } from '../filled.ts';

/** Applies a row. */
export type ApplyRow = (
  row: PointwiseRow,
  inputs: readonly Tensor[],
  scalars?: readonly number[],
) => Tensor;

/** What a gradient rule may use: the output's gradient `g`, the inputs, the output, the scalars. */
export interface PointwiseGradientContext {
  /** Which inputs a gradient is wanted for; others may be computed, but are thrown away. */
  readonly needs: readonly boolean[];
  readonly g: Tensor;
  readonly x: readonly Tensor[];
  readonly y: Tensor;
  readonly s: readonly number[];
  /** Applies another row. */
  readonly op: ApplyRow;
}

/** What a gradient rule reads. */
export interface RowSaves {
  readonly inputs?: readonly number[];
  readonly output?: boolean;
}

/** One pointwise operation: everything that is known of it above the backends. */
export interface PointwiseRow {
  /** PyTorch's, in camel case; that of a row which only gradient rules apply ends in `Grad`. */
  readonly name: string;
  /** Tensors it takes. */
  readonly inputs: 1 | 2 | 3;
  /** Numbers it takes behind the tensors. */
  readonly scalars: number;
  /** The value for one element; `v` holds the elements of the inputs and then the scalars. */
  readonly forward: (...v: number[]) => number;
  /** Where 32-bit integers need another rule than doubles, to wrap as PyTorch does. */
  readonly integer?: (...v: number[]) => number;
  /** Element type of the result: that of the inputs, bool, or float (integers are converted first). */
  readonly result: 'same' | 'bool' | 'float';
  /**
   * Which inputs and whether the output the gradient rule reads, where it is wanted for the inputs in `needs`.
   * Absent: nothing flows back.
   */
  readonly saves?: RowSaves | ((needs: readonly boolean[]) => RowSaves);
  /** Gradients of the inputs, in the shape of the output (broadcasting is undone above), null for none. */
  readonly gradient?: (context: PointwiseGradientContext) => readonly (Tensor | null)[];
  /** What a function of one tensor keeps it within, for these scalars, where that is all it does. */
  readonly bounds?: (scalars: readonly number[]) => Bounds;
  /** Interval that tests draw from, for each input, and example scalars. */
  readonly domain?: readonly (readonly [number, number])[];
  readonly exampleScalars?: readonly number[];
}

/** A float function of one tensor, with its gradient and what that reads. */
/* @__NO_SIDE_EFFECTS__ */
export function unary(
  name: string,
  forward: (x: number, ...s: number[]) => number,
  rules: Required<Pick<PointwiseRow, 'saves' | 'gradient'>> & Partial<PointwiseRow>,
): PointwiseRow {
  return {
    name,
    inputs: 1,
    scalars: rules.exampleScalars?.length ?? 0,
    forward,
    result: 'float',
    ...rules,
  };
}

/** A function that no gradient flows through, such as a comparison. */
/* @__NO_SIDE_EFFECTS__ */
export function flat(
  name: string,
  inputs: 1 | 2,
  result: PointwiseRow['result'],
  forward: PointwiseRow['forward'],
): PointwiseRow {
  return { name, inputs, scalars: 0, forward, result };
}

/** A function of one tensor that is constant between jumps: its gradient is 0, as in PyTorch. */
/* @__NO_SIDE_EFFECTS__ */
export function staircase(name: string, forward: PointwiseRow['forward']): PointwiseRow {
  return {
    name,
    inputs: 1,
    scalars: 0,
    forward,
    result: 'same',
    saves: {},
    gradient: ({ g }) => [filled(g, g.shape, 0)],
  };
}

/** A gradient kernel: (dy, x or y, scalars) -> dx. */
/* @__NO_SIDE_EFFECTS__ */
export function gradientKernel(
  name: string,
  forward: (g: number, x: number, ...s: number[]) => number,
  exampleScalars: readonly number[] = [],
): PointwiseRow {
  return {
    name,
    inputs: 2,
    scalars: exampleScalars.length,
    forward,
    result: 'same',
    exampleScalars,
  };
}

export const savesInput: RowSaves = { inputs: [0] };
export const savesBoth: RowSaves = { inputs: [0, 1] };
export const savesOutput: RowSaves = { output: true };

/** The gradient that is one gradient kernel on the saved input, with the row's own scalars. */
export function byInput(
  kernel: PointwiseRow,
  { g, x, s, op }: PointwiseGradientContext,
): readonly Tensor[] {
  return [op(kernel, [g, x[0]!], s)];
}

/** The same on the saved output. */
export function byOutput(
  kernel: PointwiseRow,
  { g, y, s, op }: PointwiseGradientContext,
): readonly Tensor[] {
  return [op(kernel, [g, y], s)];
}
