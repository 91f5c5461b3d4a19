import type { DeviceBuffer, Operand, TensorSpec } from './operand.ts';

/** A row of the pointwise table that takes one tensor, with its numbers. */
export interface Activation {
  readonly name: string;
  readonly scalars: readonly number[];
}

/** What follows a kernel in its pass over the output: the sum with a tensor of that shape, then a pointwise row. */
export interface Epilogue {
  readonly residual: Operand | null;
  readonly activation: Activation | null;
}

/**
 * Fused forms that a backend may have. `conv`: the kernel `fusedConv`; `matmul`: `fusedMatmul`; `pointwise`: `pointwiseChain`.
 * `batchNorm`: an activation that is bounds behind `batchNorm`, and in front of `batchNormGrad`; `batchNormResidual`: the kernels
 * `batchNormResidual` and `batchNormResidualGrad`.
 */
export type FusedForm = 'conv' | 'batchNorm' | 'batchNormResidual' | 'matmul' | 'pointwise';

/** A row of the pointwise table in a program. */
export interface ProgramRow {
  readonly name: string;
  /** What it reads: numbers of inputs of the program, and from `inputs` on of rows before it. */
  readonly operands: readonly number[];
  /** How many of the program's numbers it takes: the next ones. */
  readonly scalars: number;
}

/**
 * Pointwise rows that are computed together, element by element. It holds no numbers of its own, so that a backend may keep
 * by identity what it makes of it.
 */
export interface PointwiseProgram {
  /** How many tensors it reads. */
  readonly inputs: number;
  readonly rows: readonly ProgramRow[];
  /** The rows whose values are results, ascending; the last row is one. */
  readonly results: readonly number[];
}

/** Kernels that do in one pass what others do in several. A backend says by `fuses` which it has. */
export interface FusedKernels {
  /**
   * The rows of a program, of the numbers `scalars` in the order of the rows: a tensor `out` for each result, float32 as
   * all that is computed between. Rows may compare, and then give the bool conditions of `where`, which are no results.
   * Inputs have the rank of the output, float32 or a bool condition; an axis of extent 1 is repeated. Each row gives what
   * `pointwise` gives, rounded to float32.
   */
  pointwiseChain?(
    program: PointwiseProgram,
    inputs: readonly Operand[],
    scalars: readonly number[],
    out: TensorSpec,
  ): DeviceBuffer[];
  /** `matmul` with an epilogue in the same pass over the output. */
  fusedMatmul?(
    a: Operand,
    b: Operand,
    bias: Operand | null,
    transpose: { readonly a: boolean; readonly b: boolean },
    epilogue: Epilogue,
    out: TensorSpec,
  ): DeviceBuffer;
}
